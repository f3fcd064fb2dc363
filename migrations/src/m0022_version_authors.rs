//! Who made a pipeline's version: what kind of actor, and its name at the time, as runs keep it.
//! Versions from before have neither.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["author_kind text", "author_name text"] {
            let sql = format!("ALTER TABLE pipeline_versions ADD COLUMN {column}");
            ddl::run(manager, &sql).await?;
        }
        Ok(())
    }
}
