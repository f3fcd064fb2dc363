//! Sessions that reach one organization only: those that its own identity provider opened.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sessions", "pending_sign_ins"] {
            ddl::run(
                manager,
                &format!("ALTER TABLE {table} ADD COLUMN only_org uuid"),
            )
            .await?;
        }
        Ok(())
    }
}
