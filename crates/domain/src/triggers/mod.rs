//! Triggers: what starts runs of a pipeline by itself. `docs/triggers.md` describes them for people.
//!
//! What does not fire although it should is told (`watch`). Back-fills (`backfills`) add the firings of a past range. The scheduler (`work`, driven by the crate `jobs`) has two steps. First, in one transaction, it writes
//! a row for each firing that is due and moves the trigger to its next one (`planning`). Then it starts the
//! run of each pending firing, with an idempotency key made of the trigger and the instant. Both steps can be repeated
//! and can be done by several schedulers at once: an instant has one row, and a key one run.
//!
//! A webhook (`webhooks`) fires whenever something is delivered to its address. Its firings are started in
//! the same way.
//!
//! A trigger that waits for runs of other pipelines (`watching`) looks at them regularly, and one that waits
//! for events (`events`) fires in the transaction that stores an event. Their firings are started likewise.
//!
//! A run of a trigger is a run of the person or API key that enabled the trigger, with the rights that
//! they have when it fires.

pub mod backfills;
mod causes;
pub mod entity;
mod error;
pub mod events;
mod manage;
mod planning;
mod preview;
mod repo;
mod sentence;
#[cfg(test)]
mod tests;
pub mod watch;
mod watching;
pub mod webhooks;
mod work;

use chrono::{DateTime, Utc};
use engine::trigger::Trigger as Definition;
use types::{PipelineId, RunId, TriggerFiringId, TriggerId};

pub use causes::{Cause, cause};
pub use error::TriggerError;
pub use manage::{create, delete, set_enabled, update};
pub use preview::preview;
pub use sentence::from_words;
pub use work::{purge, tick, tick_at};

use crate::{
    Ctx,
    access::{Environment, Permission},
    error::{AppError, Result},
    trigger_definitions::entity as definition,
};

pub use crate::trigger_definitions::{MAX_OF_PIPELINE, Origin};

/// The largest number of enabled triggers of an organization.
pub const MAX_ENABLED: i64 = 10_000;

/// The largest number of enabled triggers of an organization that fire more often than once a minute.
pub const MAX_FREQUENT: i64 = 100;

/// The largest number of enabled triggers of an organization that wait for runs or events.
pub const MAX_WATCHING: i64 = 200;

/// The largest number of firings of a list.
pub const MAX_FIRINGS: u64 = 100;

/// A trigger of a pipeline in an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The trigger's id.
    pub id: TriggerId,
    /// The pipeline whose runs it starts.
    pub pipeline: PipelineId,
    /// The environment in which they run.
    pub environment: Environment,
    /// The name, unique for the pipeline in the environment.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it fires.
    pub enabled: bool,
    /// Who enabled it, and as whom its runs are started: kind and name.
    pub enabled_by: Option<(String, String)>,
    /// When it was enabled.
    pub enabled_at: Option<DateTime<Utc>>,
    /// What it is; `None` if this version of the program cannot read it.
    pub definition: Option<Definition>,
    /// The definition as text.
    pub text: String,
    /// When it fires next, by its schedule.
    pub next_at: Option<DateTime<Utc>>,
    /// What prevents it from firing: a code and a message.
    pub problem: Option<(String, String)>,
    /// The last trial of it.
    pub probe: Option<Probe>,
}

/// What became of a trial: a marked firing that goes the whole way and starts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// When it came through.
    pub at: DateTime<Utc>,
    /// Whether a run could have been started.
    pub ok: bool,
    /// Why not.
    pub detail: Option<String>,
}

impl Trigger {
    /// Reads a row.
    fn of(row: definition::Model) -> Result<Self> {
        let environment = Environment::parse(&row.environment).ok_or_else(|| {
            AppError::internal(format!("trigger {}: {}", row.id, row.environment))
        })?;
        let definition = Definition::parse(&row.definition).ok();
        let problem = match &definition {
            Some(_) => row.problem_code.zip(row.problem),
            None => Some((
                UNREADABLE.to_owned(),
                "This version of FlowMason cannot read the definition, so nothing fires; update the \
                 server, or disable the trigger"
                    .to_owned(),
            )),
        };
        let probe = row.probe_at.zip(row.probe_ok).map(|(at, ok)| Probe {
            at,
            ok,
            detail: row.probe_detail,
        });
        Ok(Self {
            id: TriggerId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            environment,
            name: row.name,
            origin: Origin::stored(&row.origin),
            enabled: row.enabled,
            enabled_by: row.enabled_by_kind.zip(row.enabled_by_name),
            enabled_at: row.enabled_at,
            definition,
            text: row.definition,
            next_at: row.next_at,
            problem,
            probe,
        })
    }

    /// What it accepts, if it is a webhook that this version of the program can read.
    pub fn webhook(&self) -> Option<&engine::trigger::Webhook> {
        self.definition.as_ref()?.webhook()
    }

    /// The firings that come next, at most `count`. Those of a disabled trigger are the ones that it would
    /// have.
    pub fn next(&self, now: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let schedule = self
            .definition
            .as_ref()
            .map(|definition| &definition.schedule);
        schedule.map_or_else(Vec::new, |schedule| {
            schedule.firings(now).take(count).collect()
        })
    }
}

/// The code of a definition that cannot be read.
const UNREADABLE: &str = "UNSUPPORTED";

/// What became of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiringState {
    /// It is about to start a run, or waits until an earlier run has ended.
    Pending,
    /// It started a run.
    Fired,
    /// It started nothing, as the trigger's policy says.
    Skipped,
    /// No scheduler ran at its time.
    Missed,
    /// Its run could not be started.
    Refused,
}

impl FiringState {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Fired,
        Self::Skipped,
        Self::Missed,
        Self::Refused,
    ];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Fired => "fired",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
            Self::Refused => "refused",
        }
    }

    fn stored(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == name);
        known.ok_or_else(|| AppError::internal(format!("`{name}` is no state of a firing")))
    }
}

/// A firing of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The firing's id.
    pub id: TriggerFiringId,
    /// The instant for which it was planned.
    pub due_at: DateTime<Utc>,
    /// What became of it.
    pub state: FiringState,
    /// How many firings in a row, up to this one, were missed; 0 unless it was missed.
    pub missed: i64,
    /// Why it started nothing.
    pub reason: Option<String>,
    /// The run that it started.
    pub run: Option<RunId>,
}

impl Firing {
    fn of(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: TriggerFiringId(row.id),
            due_at: row.due_at,
            state: FiringState::stored(&row.state)?,
            missed: row.missed,
            reason: row.reason,
            run: row.run_id.map(RunId),
        })
    }
}

/// The triggers of a pipeline, by environment and name: in one environment or in all.
pub async fn of_pipeline(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Option<Environment>,
) -> Result<Vec<Trigger>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if !ctx.can_read(Permission::PipelineRead, pipeline).await? {
        return Ok(Vec::new());
    }
    let rows = repo::of_pipeline(ctx, pipeline, environment).await?;
    rows.into_iter().map(Trigger::of).collect()
}

/// One trigger.
pub async fn get(ctx: &Ctx, id: TriggerId) -> Result<Trigger> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let row = repo::find(ctx, id).await?;
    let found = Trigger::of(row.ok_or(TriggerError::NotFound)?)?;
    match ctx
        .can_read(Permission::PipelineRead, found.pipeline)
        .await?
    {
        true => Ok(found),
        false => Err(TriggerError::NotFound.into()),
    }
}

/// The trigger that started a run. `None` if none did, or if it is gone.
pub async fn of_run(ctx: &Ctx, run: RunId) -> Result<Option<Trigger>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let row = repo::of_run(ctx, run).await?;
    let Some(found) = row.map(Trigger::of).transpose()? else {
        return Ok(None);
    };
    let reads = ctx
        .can_read(Permission::PipelineRead, found.pipeline)
        .await?;
    Ok(reads.then_some(found))
}

/// Whether the caller has a permission to read on a trigger's pipeline. Queries the database only for whoever
/// does not have it in the organization; whoever has it nowhere is refused.
async fn shows(ctx: &Ctx, permission: Permission, id: TriggerId) -> Result<bool> {
    ctx.authorize_anywhere(permission).await?;
    if ctx.reads_all(permission) {
        return Ok(true);
    }
    match repo::find(ctx, id).await? {
        Some(row) => Ok(ctx.can_read(permission, Trigger::of(row)?.pipeline).await?),
        None => Ok(false),
    }
}

/// The newest firings of a trigger, the newest first.
pub async fn firings(ctx: &Ctx, id: TriggerId, first: Option<i32>) -> Result<Vec<Firing>> {
    if !shows(ctx, Permission::RunRead, id).await? {
        return Ok(Vec::new());
    }
    let count = first.map_or(20, |first| u64::try_from(first).unwrap_or_default());
    let rows = repo::newest(ctx, id, count.min(MAX_FIRINGS)).await?;
    rows.into_iter().map(Firing::of).collect()
}
