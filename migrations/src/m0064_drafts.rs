//! Drafts of pipelines with their logs of changes, and notes of versions.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// Revisions count for as long as the pipeline exists: they do not start again when a draft is saved or
// discarded. The log has the changes from `log_start` + 1 on, with `log_bytes` in all. `unsaved` is a JSON
// list of those whose changes are in no version yet.
const TABLES: &str = "
CREATE TABLE drafts (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    base_version_id uuid NOT NULL,
    base_number integer NOT NULL,
    revision integer NOT NULL,
    log_start integer NOT NULL,
    log_bytes bigint NOT NULL,
    source text NOT NULL,
    unsaved text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by_kind text NOT NULL,
    updated_by_name text NOT NULL,
    UNIQUE (org_id, pipeline_id),
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
CREATE TABLE draft_changes (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    revision integer NOT NULL,
    reason text NOT NULL,
    edits text NOT NULL,
    inverse text NOT NULL,
    bytes bigint NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    change_id text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, pipeline_id, revision),
    UNIQUE (org_id, pipeline_id, author_id, change_id)
);
ALTER TABLE pipeline_versions ADD COLUMN note text;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["drafts", "draft_changes"] {
            let rights = "SELECT, INSERT, UPDATE, DELETE";
            ddl::tenant_table(manager, table, "org_id", rights).await?;
            // The system purges them with their pipelines.
            ddl::system_table(manager, table, "SELECT, DELETE").await?;
        }
        Ok(())
    }
}
