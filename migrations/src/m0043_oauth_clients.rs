//! Applications that use the server on behalf of people or of a service account, and what people
//! have granted them.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `redirect_uris` and `scopes` are separated by blanks. Applications and what ends people's grants
/// at once (`users.applications_since`) are read before the caller is known.
const TABLES: &str = "
CREATE TABLE oauth_clients (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    kind text NOT NULL,
    redirect_uris text NOT NULL,
    scopes text NOT NULL,
    device_flow boolean NOT NULL,
    service_account_id uuid,
    secret_hash bytea,
    secret_shown text,
    former_hash bytea,
    former_until timestamptz,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    deleted_at timestamptz
);
CREATE INDEX oauth_clients_org ON oauth_clients (org_id, id);
CREATE TABLE oauth_grants (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    client_id uuid NOT NULL,
    user_id uuid NOT NULL,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    UNIQUE (org_id, client_id, user_id)
);
CREATE INDEX oauth_grants_user ON oauth_grants (org_id, user_id);
ALTER TABLE users ADD COLUMN applications_since timestamptz;
";

/// Runs with the owner's rights, because the organization of an application is known only after it
/// is looked up.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_oauth_client(wanted uuid)
RETURNS SETOF oauth_clients
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM oauth_clients c WHERE c.id = wanted AND c.deleted_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_oauth_client(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_oauth_client(uuid) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE";
        ddl::tenant_table(manager, "oauth_clients", "org_id", rights).await?;
        ddl::lookup_table(manager, "oauth_clients").await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "oauth_grants", "org_id", rights).await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
