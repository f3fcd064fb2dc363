//! Roles become plain names, and a key can have its own list of permissions.
//!
//! The program, and later each organization, defines which roles exist, so the tables no longer
//! list them. The program refuses an unknown name when it reads it.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const POSTGRES: &str = "
ALTER TABLE memberships DROP CONSTRAINT memberships_role_check;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE api_keys ALTER COLUMN role DROP NOT NULL;
ALTER TABLE api_keys ADD COLUMN permissions text;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_grant CHECK ((role IS NULL) <> (permissions IS NULL));
DROP FUNCTION flowmason_api_key(bytea);
CREATE FUNCTION flowmason_api_key(hash bytea)
RETURNS TABLE (id uuid, org_id uuid, name text, role text, permissions text, creator_role text,
    last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.org_id, k.name, k.role, k.permissions, m.role, k.last_used_at
    FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by
    WHERE k.token_hash = hash AND k.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_api_key(bytea) TO flowmason_app;
";

// SQLite cannot drop a constraint, so the tables are recreated. No other table references them.
const SQLITE: &str = "
CREATE TABLE memberships_new (
    org_id blob NOT NULL REFERENCES organizations (id),
    user_id blob NOT NULL REFERENCES users (id),
    role text NOT NULL,
    created_at text NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
INSERT INTO memberships_new (org_id, user_id, role, created_at)
    SELECT org_id, user_id, role, created_at FROM memberships;
DROP TABLE memberships;
ALTER TABLE memberships_new RENAME TO memberships;
CREATE INDEX memberships_user ON memberships (user_id);
CREATE TABLE api_keys_new (
    id blob NOT NULL PRIMARY KEY,
    org_id blob NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    role text,
    permissions text,
    token_hash blob NOT NULL UNIQUE,
    prefix text NOT NULL,
    created_by blob NOT NULL,
    created_at text NOT NULL,
    last_used_at text,
    revoked_at text,
    CHECK ((role IS NULL) <> (permissions IS NULL))
);
INSERT INTO api_keys_new (id, org_id, name, role, token_hash, prefix, created_by, created_at,
        last_used_at, revoked_at)
    SELECT id, org_id, name, role, token_hash, prefix, created_by, created_at, last_used_at,
        revoked_at FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE api_keys_new RENAME TO api_keys;
CREATE INDEX api_keys_org ON api_keys (org_id, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = if ddl::is_postgres(manager) {
            POSTGRES
        } else {
            SQLITE
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
