//! Whether a second person has to approve what is published to production.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMN: &str =
    "ALTER TABLE organizations ADD COLUMN second_person boolean NOT NULL DEFAULT false";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMN).await
    }
}
