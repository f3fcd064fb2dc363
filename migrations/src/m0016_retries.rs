//! Partial retries of runs: the stage to which a run is limited, and the number of reused stages.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            "only_stage text",
            "stages_reused integer NOT NULL DEFAULT 0",
        ] {
            ddl::run(manager, &format!("ALTER TABLE runs ADD COLUMN {column}")).await?;
        }
        Ok(())
    }
}
