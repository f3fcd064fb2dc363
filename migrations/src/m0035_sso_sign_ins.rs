//! Sign-ins at identity providers that have begun, and the accounts to which they lead.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `provider` is the id of an organization's provider or the name of one of the whole server.
/// `verifier` is sealed.
const TABLES: &str = "
CREATE TABLE external_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    id uuid NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX external_identities_user ON external_identities (user_id);
CREATE TABLE sso_attempts (
    state_hash bytea NOT NULL PRIMARY KEY,
    browser_hash bytea NOT NULL,
    provider text NOT NULL,
    nonce text NOT NULL,
    verifier bytea NOT NULL,
    user_id uuid REFERENCES users (id),
    next text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sso_attempts_expired ON sso_attempts (expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["external_identities", "sso_attempts"] {
            ddl::shared_table(manager, table, "SELECT, INSERT, UPDATE, DELETE").await?;
        }
        Ok(())
    }
}
