//! The token with which an application requested a job: the job ends with the token's family and has
//! no more scopes.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "
ALTER TABLE org_jobs ADD COLUMN token_family uuid;
ALTER TABLE org_jobs ADD COLUMN token_scopes text;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
