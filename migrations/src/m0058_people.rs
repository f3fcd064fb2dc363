//! People are found by name, and single sign-on can be enforced for everyone but named guests.
//!
//! `users.name_folded` is the name in folded form, as `pipelines.name_folded` is; the program writes it.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

use crate::{ddl, fold::fold};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows per batch.
const TOGETHER: usize = 500;

const COLUMNS: &str = "
ALTER TABLE users ADD COLUMN name_folded text NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN sso_everyone_since timestamptz;
ALTER TABLE memberships ADD COLUMN sso_guest boolean NOT NULL DEFAULT false;
ALTER TABLE invitations ADD COLUMN sso_guest boolean NOT NULL DEFAULT false;
";

// The columns are those of `domain/src/organizations/repo.rs` and
// `domain/src/identity/invitations/repo.rs`.
const LOOKUPS: &str = "
DROP FUNCTION flowmason_memberships(uuid, timestamptz);
CREATE FUNCTION flowmason_memberships(person uuid, at timestamptz)
RETURNS TABLE (org_id uuid, org_name text, org_created_at timestamptz, enforced text,
    everyone boolean, guest boolean, break_glass boolean, role text, role_id uuid, role_name text,
    role_permissions text, grants text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, o.created_at,
        (SELECT string_agg(d.name, ' ') FROM domains d
         WHERE d.org_id = m.org_id AND d.enforced_at IS NOT NULL),
        o.sso_everyone_since IS NOT NULL, m.sso_guest,
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
DROP FUNCTION flowmason_invitation(bytea);
CREATE FUNCTION flowmason_invitation(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, org_name text, role text, role_id uuid, sso_guest boolean,
    email text, created_by uuid, created_by_name text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.org_id, o.name, i.role, i.role_id, i.sso_guest, i.email, i.created_by,
        i.created_by_name, i.expires_at
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
        fill(manager).await?;
        ddl::run_on_postgres(manager, LOOKUPS).await
    }
}

/// Writes the folded names of the people who are there.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    // IDs are compared as text, which works on both databases.
    let (key, id_of) = match backend {
        DbBackend::Postgres => ("id::text", "$2::uuid"),
        _ => ("hex(id)", "unhex($2)"),
    };
    let select = format!(
        "SELECT {key} AS key, name FROM users WHERE {key} > $1 ORDER BY key LIMIT {TOGETHER}"
    );
    let update = format!("UPDATE users SET name_folded = $1 WHERE id = {id_of}");
    let mut last = String::new();
    loop {
        let values = [last.clone().into()];
        let select = Statement::from_sql_and_values(backend, &select, values);
        let rows = connection.query_all_raw(select).await?;
        for row in &rows {
            let (id, name): (String, String) = (row.try_get("", "key")?, row.try_get("", "name")?);
            let values = [fold(&name).into(), id.clone().into()];
            let update = Statement::from_sql_and_values(backend, &update, values);
            connection.execute_raw(update).await?;
            last = id;
        }
        if rows.len() < TOGETHER {
            return Ok(());
        }
    }
}
