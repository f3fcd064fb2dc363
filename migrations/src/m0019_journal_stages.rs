//! Which stages a segment of a journal is about, beside the segment: a reader of one stage reads the
//! segments that name it. Segments from before have none and are always read.

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
