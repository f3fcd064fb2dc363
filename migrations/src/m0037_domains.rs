//! Domains that organizations claim and prove.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The second index lets one organization at a time have a domain proved.
const TABLES: &str = "
CREATE TABLE domains (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    token text NOT NULL,
    created_at timestamptz NOT NULL,
    proved_at timestamptz,
    missing_since timestamptz,
    checked_at timestamptz,
    problem text,
    next_check_at timestamptz
);
CREATE UNIQUE INDEX domains_of_organization ON domains (org_id, name);
CREATE UNIQUE INDEX domains_proved ON domains (name) WHERE proved_at IS NOT NULL;
CREATE INDEX domains_due ON domains (next_check_at) WHERE next_check_at IS NOT NULL;
";

/// Runs with the owner's rights, because the organization of an address is not known yet.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_domain(domain text, missing timestamptz)
RETURNS TABLE (org_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.org_id FROM domains d WHERE d.name = domain AND d.proved_at IS NOT NULL
        AND (d.missing_since IS NULL OR d.missing_since > missing)
$$;
REVOKE ALL ON FUNCTION flowmason_domain(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_domain(text, timestamptz) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "domains", "org_id", rights).await?;
        ddl::system_table(manager, "domains", "SELECT").await?;
        ddl::lookup_table(manager, "domains").await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
