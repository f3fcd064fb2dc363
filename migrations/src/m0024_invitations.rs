//! Invitations into organizations.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE invitations (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    role text NOT NULL,
    email text,
    token_hash bytea NOT NULL UNIQUE,
    created_by uuid NOT NULL,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz
);
CREATE INDEX invitations_org ON invitations (org_id, id);
";

/// Runs with the owner's rights, because the person who accepts is not a member yet.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_invitation(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, org_name text, role text, email text, created_by uuid,
    created_by_name text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.org_id, o.name, i.role, i.email, i.created_by, i.created_by_name, i.expires_at
    FROM invitations i JOIN organizations o ON o.id = i.org_id
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_invitation(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_invitation(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::tenant_table(manager, "invitations", "org_id", "SELECT, INSERT, UPDATE").await?;
        ddl::lookup_table(manager, "invitations").await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
