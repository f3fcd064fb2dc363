//! Back-fills: the firings of a past range that somebody has a schedule make up for.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `planned` is how many firings a back-fill added, and `known` how many of its range had been made before.
// What became of them is in their own rows.
const TABLES: &str = "
CREATE TABLE trigger_backfills (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    planned bigint NOT NULL,
    known bigint NOT NULL,
    requested_by text NOT NULL,
    created_at timestamptz NOT NULL,
    stopped_at timestamptz
);
CREATE INDEX trigger_backfills_newest ON trigger_backfills (trigger_id, id DESC);
CREATE INDEX trigger_backfills_created ON trigger_backfills (created_at);
ALTER TABLE trigger_firings ADD COLUMN backfill_id uuid;
CREATE INDEX trigger_firings_of_backfill ON trigger_firings (org_id, backfill_id)
    WHERE backfill_id IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "trigger_backfills", "org_id", rights).await?;
        // Old ones are purged.
        ddl::system_table(manager, "trigger_backfills", "SELECT, DELETE").await
    }
}
