//! The co-pilot: how organizations use it, and what it was asked and answered.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// An organization without a row in `copilot_settings` has the defaults of the server. Costs are in millionths
// of a dollar. `source` is the text that the model was given, against which its proposal is proved; `accepted`
// is a JSON object with the revision as which each piece was accepted.
const TABLES: &str = "
CREATE TABLE copilot_settings (
    org_id uuid NOT NULL PRIMARY KEY REFERENCES organizations (id),
    enabled boolean NOT NULL,
    provider text,
    model text,
    daily_budget bigint,
    updated_at timestamptz NOT NULL
);
CREATE TABLE copilot_exchanges (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    pipeline_id uuid NOT NULL,
    task text NOT NULL,
    request text NOT NULL,
    state text NOT NULL,
    revision integer NOT NULL,
    source text NOT NULL,
    run_id uuid,
    provider text,
    model text,
    written text NOT NULL,
    answer text,
    accepted text NOT NULL,
    problem text,
    input_tokens bigint,
    output_tokens bigint,
    cost bigint,
    asked_by_kind text NOT NULL,
    asked_by uuid NOT NULL,
    asked_by_name text NOT NULL,
    asked_at timestamptz NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    FOREIGN KEY (org_id, pipeline_id) REFERENCES pipelines (org_id, id)
);
CREATE INDEX copilot_exchanges_by_person ON copilot_exchanges (org_id, asked_by, asked_at);
CREATE INDEX copilot_exchanges_of_pipeline ON copilot_exchanges (org_id, pipeline_id);
CREATE INDEX copilot_exchanges_by_age ON copilot_exchanges (asked_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "copilot_settings", "org_id", rights).await?;
        ddl::tenant_table(manager, "copilot_exchanges", "org_id", rights).await?;
        // The system purges them, with their pipelines and when they are old.
        ddl::system_table(manager, "copilot_exchanges", "SELECT, UPDATE, DELETE").await
    }
}
