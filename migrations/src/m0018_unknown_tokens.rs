//! Unknown token counts are stored as null in the runs table; they were stored as -1 before.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// Forced policies apply to the owner of the table, too, so they are not forced for this step.
const POSTGRES: &str = "
ALTER TABLE runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE runs ALTER COLUMN prompt_tokens DROP NOT NULL;
ALTER TABLE runs ALTER COLUMN completion_tokens DROP NOT NULL;
UPDATE runs SET prompt_tokens = nullif(prompt_tokens, -1),
    completion_tokens = nullif(completion_tokens, -1)
    WHERE prompt_tokens = -1 OR completion_tokens = -1;
ALTER TABLE runs FORCE ROW LEVEL SECURITY;
";

// SQLite cannot make a column nullable in place, so each is replaced by a new one of the same name.
const SQLITE: &str = "
ALTER TABLE runs ADD COLUMN prompt_tokens_new bigint DEFAULT 0;
ALTER TABLE runs ADD COLUMN completion_tokens_new bigint DEFAULT 0;
UPDATE runs SET prompt_tokens_new = nullif(prompt_tokens, -1),
    completion_tokens_new = nullif(completion_tokens, -1)
    WHERE prompt_tokens <> 0 OR completion_tokens <> 0
        OR prompt_tokens IS NULL OR completion_tokens IS NULL;
ALTER TABLE runs DROP COLUMN prompt_tokens;
ALTER TABLE runs DROP COLUMN completion_tokens;
ALTER TABLE runs RENAME COLUMN prompt_tokens_new TO prompt_tokens;
ALTER TABLE runs RENAME COLUMN completion_tokens_new TO completion_tokens;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too, so that an interrupted migration leaves no partial changes.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = if ddl::is_postgres(manager) {
            POSTGRES
        } else {
            SQLITE
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
