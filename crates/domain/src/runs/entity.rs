//! The `runs` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "runs")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline that it belongs to.
    pub pipeline_id: Uuid,
    /// The version that it executes, or the snapshot of a draft.
    pub version_id: Uuid,
    /// The state; see `RunStatus`.
    pub status: String,
    /// The input as JSON, or a reference to an artifact.
    pub input: String,
    /// The output as JSON, or a reference to an artifact; `None` unless it succeeded.
    pub output: Option<String>,
    /// The error's code; `None` unless it failed.
    pub error_code: Option<String>,
    /// The error's message.
    pub error_message: Option<String>,
    /// The address of the stage that failed, if it was one.
    pub error_stage: Option<String>,
    /// The kind of the actor who started it.
    pub started_by_kind: String,
    /// The actor's id; `None` for the system.
    pub started_by_id: Option<Uuid>,
    /// The actor's name at that time.
    pub started_by_name: String,
    /// The run of which this one is a retry.
    pub retried_from: Option<Uuid>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// When it was requested.
    pub created_at: DateTimeUtc,
    /// When a worker first started it.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// How many stages it has.
    pub stages_total: i32,
    /// How many stages have ended.
    pub stages_done: i32,
    /// The number of model calls.
    pub calls: i64,
    /// The number of tokens sent; `None`: unknown.
    pub prompt_tokens: Option<i64>,
    /// The number of tokens received; `None`: unknown.
    pub completion_tokens: Option<i64>,
    /// The cost in millionths of a US dollar; `None`: unknown.
    pub cost_micros: Option<i64>,
    /// The number of the latest event.
    pub last_seq: i64,
    /// The stage to which the run is limited; `None` for all stages.
    pub only_stage: Option<String>,
    /// The number of top-level stages whose results were reused from the retried run.
    pub stages_reused: i32,
    /// The environment in which it runs; see `access::Environment`.
    pub environment: String,
    /// The revision of the draft that it executes; `None` for a version.
    pub draft_revision: Option<i32>,
    /// The worker that drives it.
    pub lease_owner: Option<String>,
    /// The lease's epoch. Each claim increments it; writes under an older epoch are refused.
    pub lease_epoch: i64,
    /// When the lease expires, by the database's clock.
    pub lease_until: Option<DateTimeUtc>,
    /// When a parked run continues.
    pub wake_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
