//! The grants to an API key itself, in the lookup of a key's rights. The key is the subject of a grant
//! with the kind `api_key`.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// The columns are those of `domain/src/identity/api_keys/repo.rs`.
const LOOKUP: &str = "
DROP FUNCTION flowmason_api_key(bytea, timestamptz);
CREATE FUNCTION flowmason_api_key(hash bytea, at timestamptz)
RETURNS TABLE (id uuid, org_id uuid, name text, key_role text, permissions text,
    service_account text, role text, role_id uuid, role_name text, role_permissions text,
    grants text, key_grants text, expires_at timestamptz, allowed_networks text,
    last_used_at timestamptz, last_used_from text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.org_id, k.name, k.role, k.permissions, a.name, coalesce(a.role, m.role),
        coalesce(a.role_id, m.role_id), r.name, r.permissions,
        (SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';')
         FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id
         WHERE g.org_id = k.org_id AND (g.expires_at IS NULL OR g.expires_at > at)
           AND (g.subject_id = coalesce(a.id, m.user_id)
                OR g.subject_id IN (SELECT t.team_id FROM team_members t
                    WHERE t.org_id = m.org_id AND t.user_id = m.user_id))),
        (SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';')
         FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id
         WHERE g.org_id = k.org_id AND (g.expires_at IS NULL OR g.expires_at > at)
           AND g.subject_id = k.id),
        k.expires_at, k.allowed_networks, k.last_used_at, k.last_used_from
    FROM api_keys k
    LEFT JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by
        AND k.service_account_id IS NULL
    LEFT JOIN service_accounts a ON a.org_id = k.org_id AND a.id = k.service_account_id
        AND a.disabled_at IS NULL
    LEFT JOIN roles r ON r.org_id = k.org_id AND r.id = coalesce(a.role_id, m.role_id)
    WHERE k.token_hash = hash AND k.revoked_at IS NULL AND coalesce(a.role, m.role) IS NOT NULL
$$;
REVOKE ALL ON FUNCTION flowmason_api_key(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_api_key(bytea, timestamptz) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_on_postgres(manager, LOOKUP).await
    }
}
