//! Teams of members, and service accounts, to which API keys can belong.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE teams (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, name)
);
CREATE TABLE team_members (
    org_id uuid NOT NULL REFERENCES organizations (id),
    team_id uuid NOT NULL REFERENCES teams (id),
    user_id uuid NOT NULL REFERENCES users (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (org_id, user_id);
CREATE TABLE service_accounts (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    description text NOT NULL,
    role text NOT NULL,
    role_id uuid,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    UNIQUE (org_id, name)
);
ALTER TABLE api_keys ADD COLUMN service_account_id uuid;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["teams", "team_members", "service_accounts"] {
            let rights = "SELECT, INSERT, UPDATE, DELETE";
            ddl::tenant_table(manager, table, "org_id", rights).await?;
            ddl::lookup_table(manager, table).await?;
        }
        Ok(())
    }
}
