//! The index of a journal segment: the stages that it is about, so that a reader of one stage reads
//! only the segments about it. Older segments have no index and are always read.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, "ALTER TABLE journal ADD COLUMN stages bytea").await
    }
}
