//! The author of a pipeline version: the kind of actor and its name at that time, as for runs.
//! Older versions have neither.

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
