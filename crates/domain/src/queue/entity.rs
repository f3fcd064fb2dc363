//! The `org_jobs` table: what organizations' jobs are and how far they are.
//!
//! Not `jobs`: SQLite does not tell names apart by case, and apalis has a table `Jobs` there.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "org_jobs")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization it works for.
    pub org_id: Uuid,
    /// [`Job::QUEUE`](super::Job::QUEUE).
    pub kind: String,
    /// The payload as JSON.
    pub payload: String,
    /// [`JobStatus`](super::JobStatus).
    pub status: String,
    /// Attempts begun so far. Also fences: an attempt writes only while it is the newest one.
    pub attempts: i32,
    /// No attempt begins above this number.
    pub max_attempts: i32,
    /// How many attempts a person's retry adds to `max_attempts`.
    pub tries: i32,
    /// The delivery that may begin the next attempt; older ones begin nothing.
    pub delivery: String,
    /// The kind of the actor that requested it.
    pub actor_kind: String,
    /// The actor's id; the system has none.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// The request that it came from.
    pub request_id: String,
    /// Progress, in the job's own unit.
    pub progress_done: i64,
    /// The progress at which it is done, once that is known.
    pub progress_total: Option<i64>,
    /// The stable code of the latest attempt's error.
    pub error_code: Option<String>,
    /// The message of that error.
    pub error_message: Option<String>,
    /// When it was requested.
    pub created_at: DateTimeUtc,
    /// Before this time it does not begin.
    pub run_at: DateTimeUtc,
    /// When its latest attempt started.
    pub started_at: Option<DateTimeUtc>,
    /// When it succeeded or failed for good.
    pub finished_at: Option<DateTimeUtc>,
    /// When its row may be removed.
    pub keep_until: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
