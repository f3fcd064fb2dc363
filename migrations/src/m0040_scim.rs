//! Provisioning (SCIM): tokens, users, groups and the last requests.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `content` is the resource as JSON. The columns ending in `_key` are in lower case. A deleted user
/// stays as a row without a name, so that the person does not come back by signing in.
const TABLES: &str = "
CREATE TABLE scim_settings (
    org_id uuid NOT NULL PRIMARY KEY REFERENCES organizations (id),
    default_role text NOT NULL
);
CREATE TABLE scim_tokens (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    prefix text NOT NULL,
    removes_owners boolean NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX scim_tokens_of_organization ON scim_tokens (org_id, id);
CREATE TABLE scim_users (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    user_name_key text NOT NULL,
    external_id text,
    email text,
    active boolean NOT NULL,
    shown_name text NOT NULL,
    content text NOT NULL,
    user_id uuid REFERENCES users (id),
    waits_for text,
    role_of_groups boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX scim_users_name ON scim_users (org_id, user_name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX scim_users_account ON scim_users (org_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX scim_users_external ON scim_users (org_id, external_id);
CREATE INDEX scim_users_email ON scim_users (org_id, email);
CREATE INDEX scim_users_person ON scim_users (org_id, user_id);
CREATE INDEX scim_users_page ON scim_users (org_id, id);
CREATE TABLE scim_groups (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    display_name text NOT NULL,
    name_key text NOT NULL,
    external_id text,
    role text,
    team_id uuid,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX scim_groups_name ON scim_groups (org_id, name_key);
CREATE INDEX scim_groups_external ON scim_groups (org_id, external_id);
CREATE INDEX scim_groups_page ON scim_groups (org_id, id);
CREATE TABLE scim_members (
    org_id uuid NOT NULL,
    group_id uuid NOT NULL REFERENCES scim_groups (id),
    member_id uuid NOT NULL REFERENCES scim_users (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, group_id, member_id)
);
CREATE INDEX scim_members_of_user ON scim_members (org_id, member_id);
CREATE TABLE scim_requests (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    token_id uuid NOT NULL,
    token_name text NOT NULL,
    at timestamptz NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status bigint NOT NULL,
    problem text
);
CREATE INDEX scim_requests_of_organization ON scim_requests (org_id, id);
";

/// Runs with the owner's rights, because the organization of a token is known only after it is
/// looked up.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_scim_token(hash bytea)
RETURNS SETOF scim_tokens
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM scim_tokens t WHERE t.token_hash = hash AND t.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION flowmason_scim_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_scim_token(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        for table in [
            "scim_settings",
            "scim_tokens",
            "scim_users",
            "scim_groups",
            "scim_members",
            "scim_requests",
        ] {
            ddl::tenant_table(manager, table, "org_id", rights).await?;
        }
        ddl::lookup_table(manager, "scim_tokens").await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
