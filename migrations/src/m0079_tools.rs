//! Pipelines that are tools of the MCP server.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// The environment in which a pipeline runs as a tool; null: it is none.
const COLUMN: &str = "
ALTER TABLE pipelines ADD COLUMN tool_environment text;
CREATE INDEX pipelines_tools ON pipelines (org_id, id DESC) WHERE tool_environment IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMN).await
    }
}
