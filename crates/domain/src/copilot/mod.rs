//! The co-pilot: a model that proposes changes to drafts.
//!
//! An exchange is a request with its answer. A worker asks the model (`job`, `work`), and those who listen hear
//! what it writes (`events`). The model changes nothing: what it proposes is tried out once, before it is shown
//! (`trial`), is proved whenever it is shown (`proof`), and becomes a change of the draft, by the person who accepts it, through `drafts` like any other
//! (`accept`). `docs/copilot.md` says what is promised.

mod accept;
mod ask;
pub mod entity;
mod error;
mod events;
pub mod job;
mod proof;
mod repo;
mod settings;
#[cfg(test)]
mod tests;
mod trial;
mod work;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use engine::copilot::{Proposal, Suspicion, Task, Trial};
use serde::{Deserialize, Serialize};
use types::{CopilotExchangeId, Money, PipelineId};
use uuid::Uuid;

pub use accept::{Accept, Accepted, accept};
pub use ask::{Ask, ask, cancel};
pub use error::CopilotError;
pub use events::{CopilotEvent, events};
pub use proof::{Proof, pieces};
pub use settings::{CopilotSettings, SetSettings, set_settings, settings};
use trial::Trials;

use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    tenancy::SystemCtx,
};

/// The largest number of requests that one person, key or application has under way.
pub const MOST_AT_ONCE: i64 = 4;

/// The largest number of requests of an organization that are under way: fewer than a worker has answered at
/// once, so that no organization keeps all others waiting.
pub const MOST_OF_ORG_AT_ONCE: i64 = 6;

/// The largest number of requests of an organization in 24 hours, however they end.
pub const MOST_A_DAY: i64 = 500;

/// The longest request, in characters.
pub const MAX_REQUEST: usize = 8_000;

/// How long exchanges are kept.
pub const RETENTION: TimeDelta = TimeDelta::days(30);

/// After this time, an exchange that a worker has begun and not ended has failed.
const ABANDONED: TimeDelta = TimeDelta::minutes(10);

/// After this time, an exchange that no worker has begun has failed. The queue may be long.
const NOT_BEGUN: TimeDelta = TimeDelta::minutes(30);

/// The problem of an exchange whose worker is gone.
const STOPPED: &str = "The server was stopped while the model was writing; ask again";

/// The problem of an exchange that no worker has begun.
const TOO_BUSY: &str = "The model was not asked within 30 minutes, because the server was stopped or had too \
    many other requests; ask again";

/// Why an exchange that has not ended has failed nevertheless.
fn abandoned(row: &entity::Model, now: DateTime<Utc>) -> Option<&'static str> {
    match row.begun_at {
        Some(begun_at) => (now - begun_at > ABANDONED).then_some(STOPPED),
        None => (now - row.asked_at > NOT_BEGUN).then_some(TOO_BUSY),
    }
}

/// The state of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The model is asked, or will be in a moment.
    Writing,
    /// There is a proposal.
    Done,
    /// The model cannot be reached, or its answer cannot be used.
    Failed,
    /// Whoever asked has cancelled it.
    Cancelled,
}

impl State {
    const ALL: [Self; 4] = [Self::Writing, Self::Done, Self::Failed, Self::Cancelled];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn stored(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == name);
        known.ok_or_else(|| AppError::internal(format!("`{name}` is no state of an exchange")))
    }
}

const TASKS: [Task; 6] = [
    Task::Suggest,
    Task::Explain,
    Task::Generate,
    Task::Debug,
    Task::Optimize,
    Task::Chat,
];

/// The name of a task, as it is stored.
pub const fn task_name(task: Task) -> &'static str {
    match task {
        Task::Suggest => "suggest",
        Task::Explain => "explain",
        Task::Generate => "generate",
        Task::Debug => "debug",
        Task::Optimize => "optimize",
        Task::Chat => "chat",
    }
}

fn task_of(name: &str) -> Result<Task> {
    let known = TASKS.into_iter().find(|task| task_name(*task) == name);
    known.ok_or_else(|| AppError::internal(format!("`{name}` is no task of the co-pilot")))
}

/// What the model proposes, what was suspicious in the data that it was given, and what dry runs say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    proposal: Proposal,
    suspicions: Vec<Suspicion>,
    /// Exchanges of earlier programs have none.
    #[serde(default)]
    trials: Trials,
}

/// How an exchange ends.
#[derive(Clone, Debug)]
struct Ending {
    state: State,
    written: Option<String>,
    answer: Option<String>,
    problem: Option<String>,
    model: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost: Option<i64>,
}

impl Ending {
    /// An end without an answer.
    fn without(state: State, problem: Option<String>) -> Self {
        Self {
            state,
            written: None,
            answer: None,
            problem,
            model: None,
            input_tokens: None,
            output_tokens: None,
            cost: None,
        }
    }
}

/// A request to the co-pilot, with its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The exchange.
    pub id: CopilotExchangeId,
    /// The pipeline whose draft it is about.
    pub pipeline: PipelineId,
    /// What was to be done.
    pub task: Task,
    /// What the person wanted, in their words.
    pub request: String,
    /// The state.
    pub state: State,
    /// The revision of the draft that the model was given.
    pub revision: i32,
    /// What the model has written so far. It is text, and nothing of it is checked.
    pub text: Arc<str>,
    /// What the model says about its proposal. Nothing of it is proved.
    pub summary: Option<String>,
    /// Why there is no proposal, in one sentence.
    pub problem: Option<String>,
    /// The provider; `None` for the server's default.
    pub provider: Option<String>,
    /// The model; `None` for the provider's default, until it has answered.
    pub model: Option<String>,
    /// The tokens that were sent; `None` if unknown.
    pub input_tokens: Option<i64>,
    /// The tokens that were received; `None` if unknown.
    pub output_tokens: Option<i64>,
    /// The cost of all calls; `None` if unknown.
    pub cost: Option<Money>,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// Who asked.
    asked_by: Uuid,
    /// The text of the draft's revision.
    source: Arc<str>,
    answer: Option<Arc<Answer>>,
    /// The revisions as which pieces were accepted, by their numbers from 0.
    accepted: BTreeMap<usize, i32>,
}

impl Exchange {
    fn of(row: entity::Model, now: DateTime<Utc>) -> Result<Self> {
        let state = State::stored(&row.state)?;
        let (state, problem) = match abandoned(&row, now) {
            Some(why) if state == State::Writing => (State::Failed, Some(why.to_owned())),
            _ => (state, row.problem),
        };
        let answer: Option<Answer> = row
            .answer
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(AppError::internal)?;
        Ok(Self {
            id: CopilotExchangeId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            task: task_of(&row.task)?,
            request: row.request,
            state,
            revision: row.revision,
            text: row.written.into(),
            summary: answer
                .as_ref()
                .map(|answer| answer.proposal.summary.clone())
                .filter(|summary| !summary.is_empty()),
            problem,
            provider: row.provider,
            model: row.model,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cost: row.cost.map(Money),
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            source: row.source.into(),
            answer: answer.map(Arc::new),
            accepted: serde_json::from_str(&row.accepted).map_err(AppError::internal)?,
        })
    }
}

impl Exchange {
    /// What the checks and a dry run say about all pieces that can be accepted, together; `None` if they were not
    /// tried out.
    pub fn together(&self) -> Option<&Trial> {
        self.answer.as_ref()?.trials.together.as_ref()
    }
}

/// An exchange. Whoever asked may see it, and whoever may read the audit log.
pub async fn get(ctx: &Ctx, id: CopilotExchangeId) -> Result<Exchange> {
    ctx.authorize(Permission::PipelineRead).await?;
    let exchange = find(ctx, id).await?;
    let may = is_of(ctx, &exchange) || ctx.rights.permissions.has(Permission::AuditRead);
    match may {
        true => Ok(exchange),
        false => Err(CopilotError::NotFound.into()),
    }
}

/// An exchange of the caller's own.
async fn own(ctx: &Ctx, id: CopilotExchangeId) -> Result<Exchange> {
    let exchange = find(ctx, id).await?;
    match is_of(ctx, &exchange) {
        true => Ok(exchange),
        false => Err(CopilotError::NotFound.into()),
    }
}

fn is_of(ctx: &Ctx, exchange: &Exchange) -> bool {
    ctx.actor.id == Some(exchange.asked_by)
}

async fn find(ctx: &Ctx, id: CopilotExchangeId) -> Result<Exchange> {
    let row = repo::find(ctx, id).await?;
    Exchange::of(row.ok_or(CopilotError::NotFound)?, ctx.clock().now())
}

/// Ends exchanges whose worker is gone, removes old ones, and returns how many were removed.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let now = system.app.clock().now();
    let tx = system.begin_across().await?;
    repo::fail_abandoned(&tx, now).await?;
    let gone = repo::forget(&tx, now - RETENTION).await?;
    tx.commit().await?;
    Ok(gone)
}
