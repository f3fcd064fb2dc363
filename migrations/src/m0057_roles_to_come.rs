//! Roles of the organization's own for people who have none yet: in invitations, in the groups of
//! provisioning, and as the role of everyone else of provisioning and of identity providers. The roles
//! in `sso_providers.mappings` are JSON and need no column.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// A row with such a role has `custom` as the name of the role, as members have.
const COLUMNS: &str = "
ALTER TABLE invitations ADD COLUMN role_id uuid;
ALTER TABLE scim_groups ADD COLUMN role_id uuid;
ALTER TABLE scim_settings ADD COLUMN default_role_id uuid;
ALTER TABLE sso_providers ADD COLUMN default_role_id uuid;
";

// The columns are those of `domain/src/identity/invitations/repo.rs`.
const LOOKUP: &str = "
DROP FUNCTION flowmason_invitation(bytea);
CREATE FUNCTION flowmason_invitation(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, org_name text, role text, role_id uuid, email text,
    created_by uuid, created_by_name text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.org_id, o.name, i.role, i.role_id, i.email, i.created_by, i.created_by_name,
        i.expires_at
    FROM invitations i JOIN organizations o ON o.id = i.org_id
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_invitation(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_invitation(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await?;
        ddl::run_on_postgres(manager, LOOKUP).await
    }
}
