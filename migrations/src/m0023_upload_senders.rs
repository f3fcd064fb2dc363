//! The sender of an upload: the ID of the person or key, so that each has a share of its
//! organization's uploads. Older uploads have none and count as another sender's.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, "ALTER TABLE uploads ADD COLUMN sender_id uuid").await
    }
}
