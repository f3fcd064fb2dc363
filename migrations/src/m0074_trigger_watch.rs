//! Whether triggers fire: what their persons were told, and the last trial of each.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `trouble` is what was told to whoever enabled the trigger, until it fires again, and `told_at` when. A
// trial is a marked firing, which starts nothing: `trial_at` is when one was written last, and the rest what
// became of the last one that came through.
const COLUMNS: &str = "
ALTER TABLE triggers ADD COLUMN trouble text;
ALTER TABLE triggers ADD COLUMN told_at timestamptz;
ALTER TABLE triggers ADD COLUMN trial_at timestamptz;
ALTER TABLE triggers ADD COLUMN probe_at timestamptz;
ALTER TABLE triggers ADD COLUMN probe_ok boolean;
ALTER TABLE triggers ADD COLUMN probe_detail text;
ALTER TABLE trigger_firings ADD COLUMN is_trial boolean NOT NULL DEFAULT false;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
