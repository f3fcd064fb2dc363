//! Single sign-on enforced for domains, the owner who can enter without it, and which sessions were
//! opened strongly enough for that.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "
ALTER TABLE domains ADD COLUMN enforced_at timestamptz;
ALTER TABLE organizations ADD COLUMN break_glass_owner uuid;
ALTER TABLE sessions ADD COLUMN strong boolean NOT NULL DEFAULT false;
ALTER TABLE pending_sign_ins ADD COLUMN strong boolean NOT NULL DEFAULT false;
";

// The columns are those of `domain/src/organizations/repo.rs`.
const LOOKUP: &str = "
DROP FUNCTION flowmason_memberships(uuid, timestamptz);
CREATE FUNCTION flowmason_memberships(person uuid, at timestamptz)
RETURNS TABLE (org_id uuid, org_name text, org_created_at timestamptz, enforced text,
    break_glass boolean, role text, role_id uuid, role_name text, role_permissions text, grants text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, o.created_at,
        (SELECT string_agg(d.name, ' ') FROM domains d
         WHERE d.org_id = m.org_id AND d.enforced_at IS NOT NULL),
        coalesce(o.break_glass_owner = m.user_id, false),
        m.role, m.role_id, r.name, r.permissions,
        (SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';')
         FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id
         WHERE g.org_id = m.org_id AND (g.expires_at IS NULL OR g.expires_at > at)
           AND (g.subject_id = m.user_id OR g.subject_id IN (SELECT t.team_id FROM team_members t
                WHERE t.org_id = m.org_id AND t.user_id = m.user_id)))
    FROM memberships m JOIN organizations o ON o.id = m.org_id
    LEFT JOIN roles r ON r.org_id = m.org_id AND r.id = m.role_id
    WHERE m.user_id = person
    ORDER BY o.id
$$;
REVOKE ALL ON FUNCTION flowmason_memberships(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_memberships(uuid, timestamptz) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await?;
        ddl::run_on_postgres(manager, LOOKUP).await
    }
}
