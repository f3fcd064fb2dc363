//! An invitation whose link was only sent by mail proves the address of whoever accepts it.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of the invitations from before it is not known, so they prove nothing.
const COLUMNS: &str = "
ALTER TABLE invitations ADD COLUMN mailed boolean NOT NULL DEFAULT false;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
