//! Limits of API keys (an expiry, networks), the address of their last use, and their rotation.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "
ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;
ALTER TABLE api_keys ADD COLUMN allowed_networks text;
ALTER TABLE api_keys ADD COLUMN last_used_from text;
ALTER TABLE api_keys ADD COLUMN replaced_by uuid;
";

const LOOKUP: &str = "
DROP FUNCTION flowmason_api_key(bytea);
CREATE FUNCTION flowmason_api_key(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, name text, role text, permissions text, creator_role text,
    expires_at timestamptz, allowed_networks text, last_used_at timestamptz, last_used_from text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.org_id, k.name, k.role, k.permissions, m.role, k.expires_at, k.allowed_networks,
        k.last_used_at, k.last_used_from
    FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by
    WHERE k.token_hash = hash AND k.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_api_key(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await?;
        ddl::run_on_postgres(manager, LOOKUP).await
    }
}
