//! The environment of a run, and the versions of pipelines that are published to environments.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `ordinal` counts the publications of a pipeline in an environment; the highest is the current one. It
// is null until the version is published. The program writes `status`: `requested`, `published` or
// `refused`.
const TABLES: &str = "
ALTER TABLE runs ADD COLUMN environment text NOT NULL DEFAULT 'development';
CREATE TABLE publications (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    environment text NOT NULL,
    version_id uuid NOT NULL,
    version_number integer NOT NULL,
    status text NOT NULL,
    ordinal integer,
    requested_by_kind text NOT NULL,
    requested_by_name text NOT NULL,
    requested_by_person uuid,
    requested_at timestamptz NOT NULL,
    decided_by uuid,
    decided_by_name text,
    decided_at timestamptz,
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
CREATE UNIQUE INDEX publications_current ON publications (org_id, pipeline_id, environment, ordinal)
    WHERE ordinal IS NOT NULL;
CREATE INDEX publications_of_pipeline ON publications (org_id, pipeline_id, id DESC);
CREATE INDEX publications_requested ON publications (org_id, id DESC) WHERE status = 'requested';
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE";
        ddl::tenant_table(manager, "publications", "org_id", rights).await?;
        // The system purges them with their pipelines.
        ddl::system_table(manager, "publications", "SELECT, DELETE").await
    }
}
