//! Lookup functions that are needed before the organization is known (PostgreSQL).
//!
//! Each runs with the owner's rights, looks up one secret or one person, and returns nothing that
//! the caller could not read after signing in.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_memberships(person uuid)
RETURNS TABLE (org_id uuid, org_name text, org_created_at timestamptz, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, o.created_at, m.role
    FROM memberships m JOIN organizations o ON o.id = m.org_id
    WHERE m.user_id = person
    ORDER BY o.id
$$;
CREATE FUNCTION flowmason_api_key(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, name text, role text, creator_role text,
    last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.org_id, k.name, k.role, m.role, k.last_used_at
    FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by
    WHERE k.token_hash = hash AND k.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_memberships(uuid), flowmason_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_memberships(uuid), flowmason_api_key(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
