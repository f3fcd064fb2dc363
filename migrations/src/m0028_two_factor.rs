//! The second factor: authenticator apps, recovery codes, and sign-ins that wait for a code.
//! Sessions get their place, their device and the time of their last proof of identity.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE authenticators (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id),
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL
);
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id),
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE pending_sign_ins (
    token_hash bytea NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    proved_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    failures bigint NOT NULL
);
CREATE INDEX pending_sign_ins_user ON pending_sign_ins (user_id);
";

/// SQLite adds one column per statement.
const COLUMNS: [&str; 5] = [
    "address text",
    "agent text",
    "proved_at timestamptz",
    "former_hash bytea",
    "former_until timestamptz",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["authenticators", "recovery_codes", "pending_sign_ins"] {
            ddl::shared_table(manager, table, "SELECT, INSERT, UPDATE, DELETE").await?;
        }
        for column in COLUMNS {
            ddl::run(
                manager,
                &format!("ALTER TABLE sessions ADD COLUMN {column}"),
            )
            .await?;
        }
        let index = "CREATE UNIQUE INDEX sessions_former ON sessions (former_hash)";
        ddl::run(manager, index).await
    }
}
