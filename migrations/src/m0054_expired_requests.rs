//! Lets the system write that requests to publish have expired.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// From now on, `status` can be `expired`, too. Requests that expired before are written as such soon after
// the start.
const RIGHTS: &str = "GRANT UPDATE ON publications TO flowmason_system";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_on_postgres(manager, RIGHTS).await
    }
}
