//! The identity providers of organizations, for single sign-on.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `client_secret` is sealed; `scopes` and `audiences` are separated by blanks; `mappings` is JSON.
const TABLES: &str = "
CREATE TABLE sso_providers (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    kind text NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret bytea,
    scopes text NOT NULL,
    audiences text NOT NULL,
    groups_claim text,
    mappings text NOT NULL,
    default_role text,
    joining text NOT NULL,
    enabled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    used_at timestamptz,
    problem text,
    problem_at timestamptz
);
CREATE UNIQUE INDEX sso_providers_name ON sso_providers (org_id, name);
";

/// Runs with the owner's rights, because the organization of a provider is known only after it is
/// looked up.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_sso_provider(wanted uuid)
RETURNS SETOF sso_providers
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM sso_providers p WHERE p.id = wanted
$$;
REVOKE ALL ON FUNCTION flowmason_sso_provider(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_sso_provider(uuid) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "sso_providers", "org_id", rights).await?;
        ddl::lookup_table(manager, "sso_providers").await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
