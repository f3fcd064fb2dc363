//! Sign-ups whose link was not opened yet.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `token_hash` is null until the link is sent, and stays null if the letter has none.
const TABLES: &str = "
CREATE TABLE sign_ups (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    organization text NOT NULL,
    password_hash text NOT NULL,
    token_hash bytea UNIQUE,
    language text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_at timestamptz,
    used_at timestamptz
);
CREATE INDEX sign_ups_email ON sign_ups (email, sent_at);
CREATE INDEX sign_ups_expiry ON sign_ups (expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::shared_table(manager, "sign_ups", "SELECT, INSERT, UPDATE, DELETE").await
    }
}
