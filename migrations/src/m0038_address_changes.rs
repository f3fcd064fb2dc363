//! Proved email addresses of people, and changes of them that wait for confirmations.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "
CREATE TABLE address_changes (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    old_email text,
    new_email text NOT NULL,
    needs_old boolean NOT NULL,
    old_hash bytea UNIQUE,
    new_hash bytea NOT NULL UNIQUE,
    undo_hash bytea UNIQUE,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    password_sha256 bytea NOT NULL,
    session_id uuid,
    language text NOT NULL,
    sent bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    applied_at timestamptz,
    undo_until timestamptz,
    ended_at timestamptz
);
CREATE INDEX address_changes_user ON address_changes (user_id, id);
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLE).await?;
        ddl::shared_table(manager, "address_changes", "SELECT, INSERT, UPDATE").await
    }
}
