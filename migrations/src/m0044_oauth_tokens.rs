//! Token families with their refresh tokens; authorization codes; devices that wait for a person.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A family without a person belongs to the service account of its application. Codes and devices
/// belong to no organization until they are answered, and live for minutes. `limited`: allowed in a
/// session that the organization's identity provider opened.
const TABLES: &str = "
CREATE TABLE oauth_families (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    client_id uuid NOT NULL,
    grant_id uuid,
    user_id uuid,
    scopes text NOT NULL,
    limited boolean NOT NULL,
    address text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX oauth_families_client ON oauth_families (org_id, client_id);
CREATE INDEX oauth_families_expired ON oauth_families (expires_at);
CREATE TABLE oauth_refresh_tokens (
    token_hash bytea NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    family_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX oauth_refresh_tokens_expired ON oauth_refresh_tokens (expires_at);
CREATE TABLE oauth_codes (
    code_hash bytea NOT NULL PRIMARY KEY,
    client_id uuid NOT NULL,
    for_org uuid NOT NULL,
    grant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    scopes text NOT NULL,
    limited boolean NOT NULL,
    redirect_uri text NOT NULL,
    challenge text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    family_id uuid
);
CREATE INDEX oauth_codes_expired ON oauth_codes (expires_at);
CREATE TABLE oauth_devices (
    device_hash bytea NOT NULL PRIMARY KEY,
    user_code_hash bytea NOT NULL UNIQUE,
    client_id uuid NOT NULL,
    scopes text NOT NULL,
    address text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    interval_seconds bigint NOT NULL,
    polled_at timestamptz,
    opened_by uuid,
    answer text,
    for_org uuid,
    grant_id uuid,
    limited boolean NOT NULL DEFAULT false
);
CREATE INDEX oauth_devices_expired ON oauth_devices (expires_at);
";

/// Runs with the owner's rights, because the organization of a token is known only after it is
/// looked up.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_oauth_refresh_token(hash bytea)
RETURNS TABLE (org_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.org_id FROM oauth_refresh_tokens t WHERE t.token_hash = hash
$$;
REVOKE ALL ON FUNCTION flowmason_oauth_refresh_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_oauth_refresh_token(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["oauth_families", "oauth_refresh_tokens"] {
            ddl::tenant_table(manager, table, "org_id", "SELECT, INSERT, UPDATE").await?;
            ddl::system_table(manager, table, "SELECT, DELETE").await?;
        }
        ddl::lookup_table(manager, "oauth_refresh_tokens").await?;
        for table in ["oauth_codes", "oauth_devices"] {
            ddl::shared_table(manager, table, "SELECT, INSERT, UPDATE, DELETE").await?;
        }
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
