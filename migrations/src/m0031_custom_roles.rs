//! Roles that an organization defines itself.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// A member with a custom role has `custom` as the name of the role.
const TABLES: &str = "
CREATE TABLE roles (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    description text NOT NULL,
    permissions text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, name)
);
ALTER TABLE memberships ADD COLUMN role_id uuid;
CREATE INDEX memberships_role ON memberships (org_id, role_id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "roles", "org_id", rights).await?;
        ddl::lookup_table(manager, "roles").await
    }
}
