//! Run operations: changes of many runs at once, with their progress.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `below` is the position in the list: runs with smaller IDs are still to be processed.
const TABLES: &str = "
CREATE TABLE run_operations (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    kind text NOT NULL CHECK (kind IN ('cancel', 'retry')),
    status text NOT NULL CHECK (status IN ('running', 'finished', 'stopped')),
    filter text NOT NULL,
    detail text NOT NULL,
    job_id uuid,
    below uuid NOT NULL,
    total bigint,
    done bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    error_code text,
    error_message text,
    requested_by text NOT NULL,
    idempotency_key text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX run_operations_list ON run_operations (org_id, id DESC);
CREATE UNIQUE INDEX run_operations_idempotency ON run_operations (org_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE";
        ddl::tenant_table(manager, "run_operations", "org_id", rights).await
    }
}
