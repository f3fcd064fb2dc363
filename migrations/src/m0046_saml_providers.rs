//! Identity providers that speak SAML 2.0, and whether whoever entered their certificates had all
//! permissions of an admin or an owner.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `private_key` is sealed. `certificates` are those of the provider in PEM, `own_certificate` is that
/// of the private key. `test_report` is JSON.
const TABLES: &str = "
ALTER TABLE sso_providers ADD COLUMN protocol text NOT NULL DEFAULT 'oidc';
ALTER TABLE sso_providers ADD COLUMN certified_by_admin boolean NOT NULL DEFAULT false;
ALTER TABLE sso_providers ADD COLUMN certified_by_owner boolean NOT NULL DEFAULT false;
CREATE TABLE saml_settings (
    provider_id uuid NOT NULL PRIMARY KEY REFERENCES sso_providers (id),
    org_id uuid NOT NULL REFERENCES organizations (id),
    sso_url text,
    sso_binding text,
    slo_url text,
    slo_binding text,
    slo_response_url text,
    certificates text NOT NULL,
    signed_parts text NOT NULL,
    unsolicited boolean NOT NULL,
    email_attribute text,
    name_attribute text,
    metadata_url text,
    private_key bytea NOT NULL,
    own_certificate text NOT NULL,
    test_report text,
    tested_at timestamptz
);
CREATE INDEX saml_settings_org ON saml_settings (org_id);
";

/// The function returns the table's rows, and is made anew for its new columns.
const FUNCTION: &str = "
DROP FUNCTION flowmason_sso_provider(uuid);
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
        ddl::tenant_table(manager, "saml_settings", "org_id", rights).await?;
        ddl::run_on_postgres(manager, FUNCTION).await
    }
}
