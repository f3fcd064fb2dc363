//! The `org_jobs` table: the jobs of organizations and their progress.
//!
//! It is not called `jobs`, because SQLite's table names are case-insensitive and apalis has a
//! table `Jobs` there.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "org_jobs")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that the job belongs to.
    pub org_id: Uuid,
    /// [`Job::QUEUE`](super::Job::QUEUE).
    pub kind: String,
    /// The payload as JSON.
    pub payload: String,
    /// [`JobStatus`](super::JobStatus).
    pub status: String,
    /// Attempts started so far. Also a fence: only the newest attempt may write.
    pub attempts: i32,
    /// The maximum number of attempts.
    pub max_attempts: i32,
    /// How many attempts a retry by a person adds to `max_attempts`.
    pub tries: i32,
    /// The delivery that may start the next attempt; older ones are ignored.
    pub delivery: String,
    /// The kind of the actor that requested the job.
    pub actor_kind: String,
    /// The actor's ID; `None` for the system.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// The family of the token with which an application requested the job.
    pub token_family: Option<Uuid>,
    /// The scopes of that token.
    pub token_scopes: Option<String>,
    /// The ID of the request that enqueued the job.
    pub request_id: String,
    /// Progress, in the job's own unit.
    pub progress_done: i64,
    /// The progress at which the job is complete, once known.
    pub progress_total: Option<i64>,
    /// The error code of the latest attempt.
    pub error_code: Option<String>,
    /// The error message of the latest attempt.
    pub error_message: Option<String>,
    /// When the job was requested.
    pub created_at: DateTimeUtc,
    /// The earliest time at which the next attempt starts.
    pub run_at: DateTimeUtc,
    /// When the latest attempt started.
    pub started_at: Option<DateTimeUtc>,
    /// When the job succeeded or finally failed.
    pub finished_at: Option<DateTimeUtc>,
    /// When the row may be deleted.
    pub keep_until: Option<DateTimeUtc>,
}

/// No relations are declared; queries write their joins themselves.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
