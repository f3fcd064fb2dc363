//! Sign-ins with SAML 2.0: what waits for the browser, which assertions were used, and which sessions
//! a provider can end.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `answer` is sealed. A row of `saml_assertions` outlives the time at which the assertion is still
/// accepted. `sso_name` is the provider's name of the person and of its session, as JSON.
const TABLES: &str = "
ALTER TABLE sso_attempts ADD COLUMN purpose text NOT NULL DEFAULT 'sign_in';
ALTER TABLE sso_attempts ADD COLUMN ticket_hash bytea;
ALTER TABLE sso_attempts ADD COLUMN answer bytea;
CREATE UNIQUE INDEX sso_attempts_ticket ON sso_attempts (ticket_hash);
CREATE TABLE saml_assertions (
    org_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    assertion_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, assertion_hash)
);
CREATE INDEX saml_assertions_expired ON saml_assertions (expires_at);
";

/// Sessions, and sign-ins that wait for a code.
const SESSIONS: [&str; 2] = ["sessions", "pending_sign_ins"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in SESSIONS {
            let columns = format!(
                "ALTER TABLE {table} ADD COLUMN sso_provider uuid;
                 ALTER TABLE {table} ADD COLUMN sso_name text;"
            );
            ddl::run(manager, &columns).await?;
        }
        ddl::tenant_table(manager, "saml_assertions", "org_id", "SELECT, INSERT").await?;
        ddl::system_table(manager, "saml_assertions", "SELECT, DELETE").await
    }
}
