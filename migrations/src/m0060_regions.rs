//! The locale and the time zone that a person has chosen. Null: those of their browser, and letters in
//! English.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, "ALTER TABLE users ADD COLUMN locale text").await?;
        ddl::run(manager, "ALTER TABLE users ADD COLUMN time_zone text").await
    }
}
