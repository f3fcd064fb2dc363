//! Pipelines that are deleted and restored, renamed, and made once per idempotency key.
//!
//! `deleted_at` hides a pipeline, `purged_at` says that it cannot come back: what is left then is
//! what its runs need. `name_from` says where the name comes from: `document` follows the name in
//! the latest version's file, `given` is what somebody typed. Pipelines from before keep the name
//! that they have.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            "deleted_at timestamptz",
            "deleted_by text",
            "purged_at timestamptz",
            "name_from text NOT NULL DEFAULT 'given' CHECK (name_from IN ('document', 'given'))",
            "idempotency_key text",
        ] {
            ddl::run(
                manager,
                &format!("ALTER TABLE pipelines ADD COLUMN {column}"),
            )
            .await?;
        }
        ddl::run(
            manager,
            "CREATE INDEX pipelines_deleted ON pipelines (org_id, id DESC)
                WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
             CREATE INDEX pipelines_to_purge ON pipelines (deleted_at)
                WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
             CREATE UNIQUE INDEX pipelines_idempotency ON pipelines (org_id, idempotency_key)
                WHERE idempotency_key IS NOT NULL;",
        )
        .await?;
        // The program itself purges what was deleted long ago, and says so in the audit log.
        ddl::system_table(manager, "pipelines", "SELECT, UPDATE, DELETE").await?;
        ddl::run_on_postgres(
            manager,
            "GRANT DELETE ON pipeline_versions TO flowmason_system;
             GRANT INSERT ON audit TO flowmason_system",
        )
        .await
    }
}
