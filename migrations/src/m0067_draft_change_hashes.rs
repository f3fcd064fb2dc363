//! A hash of what each change of a draft asked for, by which a request that is sent again is told from another
//! one with the same id.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// Null in rows that are older than this column, and for changes that nobody named.
const COLUMN: &str = "
ALTER TABLE draft_changes ADD COLUMN content_hash text;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMN).await
    }
}
