//! Webhook endpoints: where an organization's events are sent, and what was sent.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `runs_since` is the time from which ended runs are announced to an endpoint, and `runs_cursor` is up to
// when they were looked at. A run is announced once to an endpoint, which the index ensures. The index on
// runs lets those that ended be found in the order of their ends.
const TABLES: &str = "
CREATE TABLE webhook_endpoints (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    url text NOT NULL,
    description text NOT NULL,
    format text NOT NULL,
    events text NOT NULL,
    takes_runs boolean NOT NULL,
    enabled boolean NOT NULL,
    disabled_reason text,
    secret bytea NOT NULL,
    secret_since timestamptz NOT NULL,
    old_secret bytea,
    old_secret_until timestamptz,
    failing_since timestamptz,
    runs_since timestamptz NOT NULL,
    runs_cursor timestamptz NOT NULL,
    created_by uuid,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX webhook_endpoints_of_organization ON webhook_endpoints (org_id, id DESC);
CREATE TABLE webhook_messages (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_type text NOT NULL,
    run_id uuid,
    body text NOT NULL,
    status text NOT NULL,
    job_id uuid NOT NULL,
    attempts integer NOT NULL,
    response_status integer,
    response text,
    error_message text,
    created_at timestamptz NOT NULL,
    next_at timestamptz,
    attempted_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX webhook_messages_newest ON webhook_messages (endpoint_id, id DESC);
CREATE INDEX webhook_messages_kept ON webhook_messages (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX webhook_messages_of_run ON webhook_messages (endpoint_id, run_id)
    WHERE run_id IS NOT NULL;
CREATE INDEX runs_ended ON runs (org_id, finished_at) WHERE finished_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        for table in ["webhook_endpoints", "webhook_messages"] {
            let rights = "SELECT, INSERT, UPDATE, DELETE";
            ddl::tenant_table(manager, table, "org_id", rights).await?;
        }
        // The organizations whose ended runs are announced are found, and old messages are purged.
        ddl::system_table(manager, "webhook_endpoints", "SELECT").await?;
        ddl::system_table(manager, "webhook_messages", "SELECT, DELETE").await
    }
}
