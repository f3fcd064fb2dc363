//! The network from which somebody signed up, which has letters and places of its own: others cannot use up
//! those of an address.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Null from before, and if the address of the client is not known.
const COLUMNS: &str = "ALTER TABLE sign_ups ADD COLUMN network text;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
