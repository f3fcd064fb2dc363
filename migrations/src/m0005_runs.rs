//! Runs: one row each, for lists and the dispatcher. The journal is authoritative.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// No foreign keys: their check locks the organization's row at each insert, and rows that they
// would reference are not deleted. An index on `status` would be written at every change of status.
// The partial indexes hold only the few open and failed runs; other lists use `runs_list`.
const TABLES: &str = "
CREATE TABLE runs (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    version_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN
        ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
    input text NOT NULL,
    output text,
    error_code text,
    error_message text,
    error_stage text,
    started_by_kind text NOT NULL,
    started_by_id uuid,
    started_by_name text NOT NULL,
    retried_from uuid,
    idempotency_key text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    stages_total integer NOT NULL DEFAULT 0,
    stages_done integer NOT NULL DEFAULT 0,
    calls bigint NOT NULL DEFAULT 0,
    prompt_tokens bigint NOT NULL DEFAULT 0,
    completion_tokens bigint NOT NULL DEFAULT 0,
    cost_micros bigint,
    last_seq bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_epoch bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    wake_at timestamptz,
    crashes integer NOT NULL DEFAULT 0
);
CREATE INDEX runs_list ON runs (org_id, id DESC);
CREATE INDEX runs_of_pipeline ON runs (org_id, pipeline_id, id DESC);
CREATE INDEX runs_failed ON runs (org_id, status, id DESC) WHERE status IN ('failed', 'cancelled');
CREATE INDEX runs_queued ON runs (org_id, id) WHERE status = 'queued';
CREATE INDEX runs_running ON runs (id) WHERE status = 'running';
CREATE INDEX runs_waiting ON runs (id) WHERE status = 'waiting';
CREATE UNIQUE INDEX runs_idempotency ON runs (org_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::tenant_table(manager, "runs", "org_id", "SELECT, INSERT, UPDATE").await?;
        ddl::system_table(manager, "runs", "SELECT, UPDATE").await
    }
}
