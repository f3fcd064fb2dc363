//! A run's row as lists need it: without input and output, with its pipeline's name.
//!
//! Stands below `runs` and `pipelines`, which both show runs and otherwise would need each other. What
//! can be done with a run is in `runs`.

mod status;

use chrono::{DateTime, Utc};
use engine::component::Usage;
use sea_orm::FromQueryResult;
use types::{Money, PipelineId, PipelineVersionId, RunId};
use uuid::Uuid;

pub use status::RunStatus;

use crate::tokens;

/// The columns of [`RunRow`] of the run `run` (its name in the statement), each under its name
/// behind `prefix`. `pipeline_name` is the expression that gives its pipeline's name; see
/// [`PIPELINE_NAME`].
pub(crate) fn run_columns(run: &str, pipeline_name: &str, prefix: &str) -> String {
    let mut out = format!("{pipeline_name} AS {prefix}pipeline_name");
    for column in COLUMNS {
        out += &format!(", {run}.{column} AS {prefix}{column}");
    }
    out
}

/// The name of the pipeline of the run `r`: a look-up by key for each row of a page. As a join the
/// planner, which cannot see through the policy, would read all pipelines for twenty runs.
pub(crate) const PIPELINE_NAME: &str = "coalesce((SELECT n.name FROM pipelines n \
     WHERE n.org_id = $1 AND n.id = r.pipeline_id), '')";

/// The one list of the columns that lists read: the row's fields and the names in statements.
macro_rules! columns {
    ($($name:ident: $type:ty,)*) => {
        /// The columns of the table that [`RunRow`] has.
        pub(crate) const COLUMNS: &[&str] = &[$(stringify!($name)),*];

        /// A row.
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
}

/// A run, without its input and output (see [`crate::runs::values`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The pipeline that it belongs to.
    pub pipeline: PipelineId,
    /// That pipeline's name.
    pub pipeline_name: String,
    /// The version that it executes.
    pub version: PipelineVersionId,
    /// Its state.
    pub status: RunStatus,
    /// Why it failed.
    pub error: Option<ShortError>,
    /// The kind of the actor who started it.
    pub started_by_kind: String,
    /// The actor's id; the system has none.
    pub started_by_id: Option<Uuid>,
    /// The actor's name at that time.
    pub started_by_name: String,
    /// The run that this one repeats.
    pub retried_from: Option<RunId>,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// When a worker first started it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many stages it has.
    pub stages_total: i32,
    /// How many stages have ended.
    pub stages_done: i32,
    /// What model calls used.
    pub usage: Usage,
    /// The number of the latest event.
    pub last_seq: i64,
    /// The one stage that it is for; absent: all.
    pub only_stage: Option<String>,
    /// Stages of the top level whose results were taken over from the run that it repeats.
    pub stages_reused: i32,
}

/// An error in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortError {
    /// A stable code.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
    /// The stage's address.
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
        }
    }
}
