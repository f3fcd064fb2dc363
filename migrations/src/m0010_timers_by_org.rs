//! Finds due timers by organization, so that an organization with many does not delay others.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(
            manager,
            "CREATE INDEX timers_of_org ON timers (org_id, due);",
        )
        .await
    }
}
