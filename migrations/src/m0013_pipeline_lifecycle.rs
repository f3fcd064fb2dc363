//! Deleting, restoring and renaming pipelines, and idempotency keys for creating them.
//!
//! A pipeline with `deleted_at` is hidden. With `purged_at` it cannot be restored: only the data
//! that its runs need is left. `name_from` is the source of the name: `document` follows the name
//! in the latest version's file, `given` was entered by a user. Existing pipelines keep their
//! names.

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
        // The system purges pipelines that were deleted long ago, and records it in the audit log.
        ddl::system_table(manager, "pipelines", "SELECT, UPDATE, DELETE").await?;
        ddl::run_on_postgres(
            manager,
            "GRANT DELETE ON pipeline_versions TO flowmason_system;
             GRANT INSERT ON audit TO flowmason_system",
        )
        .await
    }
}
