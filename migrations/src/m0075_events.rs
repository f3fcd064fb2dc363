//! What triggers wait for besides times and deliveries: the runs of other pipelines, and events.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `waits_for` is `run` or `event`, and null unless the trigger is enabled. A watch knows up to which run a
// trigger has seen the runs of its pipelines; those that have not ended, and those that count for its next
// firing, are in `watched_runs`, with the ones that were handled lately. A cause says for which runs or
// which event a firing is.
const TABLES: &str = "
CREATE INDEX triggers_waiting ON triggers (org_id, waits_for) WHERE waits_for IS NOT NULL;
CREATE TABLE run_watches (
    trigger_id uuid NOT NULL PRIMARY KEY REFERENCES triggers (id) ON DELETE CASCADE,
    org_id uuid NOT NULL,
    since timestamptz NOT NULL,
    cursor_id uuid NOT NULL,
    fired_at timestamptz
);
CREATE TABLE watched_runs (
    trigger_id uuid NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    run_id uuid NOT NULL,
    org_id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    state text NOT NULL,
    status text,
    ended_at timestamptz,
    depth bigint NOT NULL,
    PRIMARY KEY (trigger_id, run_id)
);
CREATE INDEX watched_runs_open ON watched_runs (trigger_id, state) WHERE state <> 'done';
CREATE TABLE trigger_causes (
    firing_id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    kind text NOT NULL,
    cause_id uuid NOT NULL,
    runs text NOT NULL,
    depth bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX trigger_causes_of_trigger ON trigger_causes (trigger_id);
CREATE INDEX trigger_causes_of_cause ON trigger_causes (org_id, cause_id);
CREATE INDEX trigger_causes_created ON trigger_causes (created_at);
CREATE TABLE events (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    event_id text NOT NULL,
    source text NOT NULL,
    event_type text NOT NULL,
    subject text,
    happened_at text,
    extensions text NOT NULL,
    data text,
    bytes bigint NOT NULL,
    sent_by_kind text NOT NULL,
    sent_by_name text NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (org_id, key_hash)
);
CREATE INDEX events_newest ON events (org_id, id DESC);
CREATE INDEX events_received ON events (received_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, "ALTER TABLE triggers ADD COLUMN waits_for text").await?;
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        for table in ["run_watches", "watched_runs", "trigger_causes"] {
            ddl::tenant_table(manager, table, "org_id", rights).await?;
            // The scheduler looks at runs for all organizations, and purges what is old.
            ddl::system_table(manager, table, rights).await?;
        }
        ddl::tenant_table(manager, "events", "org_id", rights).await?;
        ddl::system_table(manager, "events", "SELECT, DELETE").await
    }
}
