//! The data of runs: journal, signals, timers and artifacts.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE journal (
    run_id uuid NOT NULL,
    first_seq bigint NOT NULL,
    count integer NOT NULL,
    org_id uuid NOT NULL,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL,
    format smallint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (run_id, first_seq)
);
CREATE TABLE run_signals (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    run_id uuid NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz
);
CREATE INDEX run_signals_unseen ON run_signals (run_id) WHERE seen_at IS NULL;
CREATE TABLE timers (
    run_id uuid NOT NULL,
    org_id uuid NOT NULL,
    due timestamptz NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (run_id, kind, key)
);
CREATE INDEX timers_due ON timers (due);
CREATE TABLE artifacts (
    org_id uuid NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (org_id, sha256)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        // Journals are append-only.
        ddl::tenant_table(manager, "journal", "org_id", "SELECT, INSERT").await?;
        ddl::tenant_table(manager, "artifacts", "org_id", "SELECT, INSERT").await?;
        let all = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "run_signals", "org_id", all).await?;
        ddl::tenant_table(manager, "timers", "org_id", all).await?;
        ddl::system_table(manager, "run_signals", "SELECT, UPDATE").await?;
        ddl::system_table(manager, "timers", "SELECT, DELETE").await
    }
}
