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
    /// The version that it executes.
    pub version_id: Uuid,
    /// See `RunStatus`.
    pub status: String,
    /// JSON.
    pub input: String,
    /// JSON, once it succeeded.
    pub output: Option<String>,
    /// The error's code, once it failed.
    pub error_code: Option<String>,
    /// The error's text.
    pub error_message: Option<String>,
    /// The stage that failed.
    pub error_stage: Option<String>,
    /// The kind of the actor who started it.
    pub started_by_kind: String,
    /// The actor's id; the system has none.
    pub started_by_id: Option<Uuid>,
    /// The actor's name at that time.
    pub started_by_name: String,
    /// The run that this one repeats.
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
    /// Model calls.
    pub calls: i64,
    /// Tokens sent; absent: not known.
    pub prompt_tokens: Option<i64>,
    /// Tokens received; absent: not known.
    pub completion_tokens: Option<i64>,
    /// Millionths of a US dollar; absent: not known.
    pub cost_micros: Option<i64>,
    /// The number of the latest event.
    pub last_seq: i64,
    /// The one stage that it is for; absent: all.
    pub only_stage: Option<String>,
    /// Stages of the top level whose results were taken over from the run that it repeats.
    pub stages_reused: i32,
    /// The worker that drives it.
    pub lease_owner: Option<String>,
    /// Incremented by every claim; writes under an older one are refused.
    pub lease_epoch: i64,
    /// Until when, by the database's time.
    pub lease_until: Option<DateTimeUtc>,
    /// When a parked run goes on.
    pub wake_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
