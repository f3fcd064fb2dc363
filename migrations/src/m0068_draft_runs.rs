//! Runs of drafts: the texts that they execute, and the outputs that are pinned in drafts.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// A run of a draft has the id of a snapshot as its `version_id`. Snapshots are no versions: they have no
// number of their own and are in no list of versions. `base_number` is the number of the version that the
// draft started from. The text of a draft never changes at a revision, so there is one snapshot of each.
// An index on `draft_revision` alone would hold all runs.
const TABLES: &str = "
CREATE TABLE draft_snapshots (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    revision integer NOT NULL,
    base_version_id uuid NOT NULL,
    base_number integer NOT NULL,
    source text NOT NULL,
    sha256 text NOT NULL,
    author_kind text NOT NULL,
    author_name text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, pipeline_id, revision),
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
CREATE TABLE draft_pins (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    stage text NOT NULL,
    output text NOT NULL,
    pinned_by_kind text NOT NULL,
    pinned_by_name text NOT NULL,
    pinned_at timestamptz NOT NULL,
    UNIQUE (org_id, pipeline_id, stage),
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
ALTER TABLE runs ADD COLUMN draft_revision integer;
CREATE INDEX runs_of_draft ON runs (org_id, pipeline_id, id DESC) WHERE draft_revision IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for (table, rights) in [
            ("draft_snapshots", "SELECT, INSERT"),
            ("draft_pins", "SELECT, INSERT, UPDATE, DELETE"),
        ] {
            ddl::tenant_table(manager, table, "org_id", rights).await?;
            // The system purges them with their pipelines.
            ddl::system_table(manager, table, "SELECT, DELETE").await?;
        }
        Ok(())
    }
}
