//! Pipelines and their versions. A version never changes.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// The foreign key on (org_id, pipeline_id) keeps a version in its pipeline's organization.
const TABLES: &str = "
CREATE TABLE pipelines (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    description text NOT NULL,
    latest_version_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, id)
);
CREATE TABLE pipeline_versions (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    number integer NOT NULL,
    source text NOT NULL,
    sha256 text NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    UNIQUE (pipeline_id, number),
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::tenant_table(manager, "pipelines", "org_id", "SELECT, INSERT, UPDATE").await?;
        ddl::tenant_table(manager, "pipeline_versions", "org_id", "SELECT, INSERT").await?;
        ddl::system_table(manager, "pipeline_versions", "SELECT").await
    }
}
