//! Jobs of organizations, with their progress and result.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE org_jobs (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    tries integer NOT NULL,
    delivery text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    request_id text NOT NULL,
    progress_done bigint NOT NULL DEFAULT 0,
    progress_total bigint,
    error_code text,
    error_message text,
    created_at timestamptz NOT NULL,
    run_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    keep_until timestamptz
);
CREATE INDEX org_jobs_list ON org_jobs (org_id, id DESC);
CREATE INDEX org_jobs_failed ON org_jobs (org_id, id DESC) WHERE status = 'failed';
CREATE INDEX org_jobs_open ON org_jobs (id) WHERE status IN ('queued', 'running');
CREATE INDEX org_jobs_kept ON org_jobs (keep_until) WHERE keep_until IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::tenant_table(manager, "org_jobs", "org_id", "SELECT, INSERT, UPDATE").await?;
        // The worker finds jobs without a delivery, and deletes expired ones.
        ddl::system_table(manager, "org_jobs", "SELECT, DELETE").await
    }
}
