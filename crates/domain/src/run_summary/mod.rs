//! Run summaries, as lists show them: without input and output, with the pipeline's name.
//!
//! `runs` and `pipelines` both depend on this module, so that they need not depend on each other.
//! Operations on runs are in `runs`.

mod status;

use chrono::{DateTime, Utc};
use engine::component::Usage;
use sea_orm::FromQueryResult;
use types::{Money, PipelineId, PipelineVersionId, RunId};
use uuid::Uuid;

pub use status::RunStatus;

use crate::{access::Environment, tokens};

/// The select list of [`RunRow`]'s columns, each named by its column behind `prefix`. `run` is the
/// alias of the runs table in the statement; `pipeline_name` is an expression for the name of the
/// pipeline, see [`PIPELINE_NAME`].
pub(crate) fn run_columns(run: &str, pipeline_name: &str, prefix: &str) -> String {
    let mut out = format!("{pipeline_name} AS {prefix}pipeline_name");
    for column in COLUMNS {
        out += &format!(", {run}.{column} AS {prefix}{column}");
    }
    out
}

/// The name of the pipeline of the run `r`, as a lookup by key for each row of a page. With a join,
/// the planner, which cannot see through the row-level security policy, would read all pipelines
/// for twenty runs.
pub(crate) const PIPELINE_NAME: &str = "coalesce((SELECT n.name FROM pipelines n \
     WHERE n.org_id = $1 AND n.id = r.pipeline_id), '')";

/// Defines the columns that lists read, as fields of the row and as names for statements.
macro_rules! columns {
    ($($name:ident: $type:ty,)*) => {
        /// The columns of the runs table in [`RunRow`].
        pub(crate) const COLUMNS: &[&str] = &[$(stringify!($name)),*];

        /// A row of a list of runs.
        #[derive(Clone, Debug, FromQueryResult)]
        pub(crate) struct RunRow {
            pub pipeline_name: String,
            $(pub $name: $type,)*
        }
    };
}

columns! {
    id: Uuid,
    pipeline_id: Uuid,
    version_id: Uuid,
    status: String,
    error_code: Option<String>,
    error_message: Option<String>,
    error_stage: Option<String>,
    started_by_kind: String,
    started_by_id: Option<Uuid>,
    started_by_name: String,
    retried_from: Option<Uuid>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    stages_total: i32,
    stages_done: i32,
    calls: i64,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    cost_micros: Option<i64>,
    last_seq: i64,
    only_stage: Option<String>,
    stages_reused: i32,
    environment: String,
    draft_revision: Option<i32>,
}

/// A run, without its input and output (see [`crate::runs::values`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The run's ID.
    pub id: RunId,
    /// The pipeline that it belongs to.
    pub pipeline: PipelineId,
    /// The pipeline's name.
    pub pipeline_name: String,
    /// The version that it executes, or the snapshot of a draft.
    pub version: PipelineVersionId,
    /// The run's status.
    pub status: RunStatus,
    /// Why the run failed; `None` if it did not.
    pub error: Option<ShortError>,
    /// The kind of the actor who started it.
    pub started_by_kind: String,
    /// The actor's ID; `None` for the system.
    pub started_by_id: Option<Uuid>,
    /// The actor's name at that time.
    pub started_by_name: String,
    /// The run of which this one is a retry.
    pub retried_from: Option<RunId>,
    /// When the run was requested.
    pub created_at: DateTime<Utc>,
    /// When a worker first started it.
    pub started_at: Option<DateTime<Utc>>,
    /// When the run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The number of all stages.
    pub stages_total: i32,
    /// The number of stages that have ended.
    pub stages_done: i32,
    /// The usage of model calls.
    pub usage: Usage,
    /// The number of the latest event.
    pub last_seq: i64,
    /// The stage to which the run is limited; `None` for all stages.
    pub only_stage: Option<String>,
    /// The number of top-level stages whose results were reused from the retried run.
    pub stages_reused: i32,
    /// The environment in which it runs.
    pub environment: Environment,
    /// The revision of the draft that it executes; `None` for a version.
    pub draft_revision: Option<i32>,
}

/// A run's error in short form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortError {
    /// A stable code.
    pub code: String,
    /// A message for people.
    pub message: String,
    /// The address of the stage that failed, if it was one.
    pub stage: Option<String>,
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        Self {
            id: RunId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            pipeline_name: row.pipeline_name,
            version: PipelineVersionId(row.version_id),
            status: RunStatus::parse(&row.status).unwrap_or(RunStatus::Failed),
            error: row.error_code.map(|code| ShortError {
                code,
                message: row.error_message.unwrap_or_default(),
                stage: row.error_stage,
            }),
            started_by_kind: row.started_by_kind,
            started_by_id: row.started_by_id,
            started_by_name: row.started_by_name,
            retried_from: row.retried_from.map(RunId),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            stages_total: row.stages_total,
            stages_done: row.stages_done,
            usage: Usage {
                calls: count(row.calls),
                prompt_tokens: tokens::read(row.prompt_tokens),
                completion_tokens: tokens::read(row.completion_tokens),
                cost: row.cost_micros.map(Money),
            },
            last_seq: row.last_seq,
            only_stage: row.only_stage,
            stages_reused: row.stages_reused,
            // A word that this program does not know is the one that takes most rights.
            environment: Environment::parse(&row.environment).unwrap_or(Environment::Production),
            draft_revision: row.draft_revision,
        }
    }
}
