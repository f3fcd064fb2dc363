//! Deaths of a run's worker while it drove only that run.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite can add only one column per statement.
        for column in [
            "deaths_alone integer NOT NULL DEFAULT 0",
            "alone_since timestamptz",
        ] {
            ddl::run(manager, &format!("ALTER TABLE runs ADD COLUMN {column}")).await?;
        }
        Ok(())
    }
}
