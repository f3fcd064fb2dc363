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
    /// Whose.
    pub org_id: Uuid,
    /// Of which pipeline.
    pub pipeline_id: Uuid,
    /// Of which version.
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
    /// What kind of actor started it.
    pub started_by_kind: String,
    /// Which one.
    pub started_by_id: Option<Uuid>,
    /// Its name at the time.
    pub started_by_name: String,
    /// The run that this one repeats.
    pub retried_from: Option<Uuid>,
    /// The caller's key against starting twice.
    pub idempotency_key: Option<String>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When a worker took it up first.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Stages there are.
    pub stages_total: i32,
    /// Stages that ended.
    pub stages_done: i32,
    /// Model calls.
    pub calls: i64,
    /// Tokens sent; absent: not known.
    pub prompt_tokens: Option<i64>,
    /// Tokens received; absent: not known.
    pub completion_tokens: Option<i64>,
    /// Millionths of a US dollar; absent: not known.
    pub cost_micros: Option<i64>,
    /// The newest event's number.
    pub last_seq: i64,
    /// The one stage that it is for; absent: all.
    pub only_stage: Option<String>,
    /// Stages of the top level whose results were taken over from the run that it repeats.
    pub stages_reused: i32,
    /// The worker that drives it.
    pub lease_owner: Option<String>,
    /// Rises with every taking-over; what is written under an older one is refused.
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
