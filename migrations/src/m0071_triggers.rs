//! Triggers of pipelines, and their firings.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `next_at` is the next firing by the schedule, and `next_due` the same with the trigger's own delay; both
// are null unless it is enabled. A firing has one row: its instant is unique for the trigger. `next_try_at`
// is when a pending one is tried. Firings have no foreign keys, as runs have none.
const TABLES: &str = "
CREATE TABLE triggers (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    environment text NOT NULL,
    name text NOT NULL,
    origin text NOT NULL,
    definition text NOT NULL,
    enabled boolean NOT NULL,
    frequent boolean NOT NULL,
    enabled_by_kind text,
    enabled_by_id uuid,
    enabled_by_name text,
    enabled_at timestamptz,
    next_at timestamptz,
    next_due timestamptz,
    problem_code text,
    problem text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, pipeline_id, environment, name),
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
CREATE INDEX triggers_due ON triggers (next_due, id) WHERE next_due IS NOT NULL;
CREATE INDEX triggers_enabled ON triggers (org_id, frequent) WHERE enabled;
CREATE TABLE trigger_firings (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL,
    missed bigint NOT NULL,
    code text,
    reason text,
    run_id uuid,
    attempts integer NOT NULL,
    next_try_at timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (org_id, trigger_id, due_at)
);
CREATE INDEX trigger_firings_newest ON trigger_firings (org_id, trigger_id, id DESC);
CREATE INDEX trigger_firings_pending ON trigger_firings (org_id, trigger_id, due_at)
    WHERE state = 'pending';
CREATE INDEX trigger_firings_of_run ON trigger_firings (org_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX trigger_firings_ended ON trigger_firings (ended_at) WHERE ended_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["triggers", "trigger_firings"] {
            let rights = "SELECT, INSERT, UPDATE, DELETE";
            ddl::tenant_table(manager, table, "org_id", rights).await?;
        }
        // The scheduler plans firings, and purges old ones and those of purged pipelines.
        ddl::system_table(manager, "triggers", "SELECT, UPDATE, DELETE").await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::system_table(manager, "trigger_firings", rights).await
    }
}
