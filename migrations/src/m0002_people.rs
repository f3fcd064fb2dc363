//! People, their sessions and sign-in links, which belong to no organization.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    email text UNIQUE,
    password_hash text,
    created_at timestamptz NOT NULL
);
CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE sign_in_links (
    token_hash bytea NOT NULL PRIMARY KEY,
    user_id uuid REFERENCES users (id),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["users", "sessions", "sign_in_links"] {
            ddl::shared_table(manager, table, "SELECT, INSERT, UPDATE").await?;
        }
        Ok(())
    }
}
