//! The scheduler: has planned what is due, and starts the runs.
//!
//! Every transaction that locks a trigger and firings of it locks the trigger first, so that no two of them
//! wait for each other.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::{Overlap, Timing, Trigger as Definition};
use futures::{StreamExt, future, stream};
use serde_json::json;
use tokio::time::{Instant, timeout};
use types::{ErrorCode, OrgId, PipelineId, RunId, TriggerFiringId, TriggerId};

use super::{FiringState, causes, definition, entity, events, planning, repo, watch, webhooks};
use crate::{
    Actor, ActorKind, Ctx, SystemCtx, Tx,
    access::Environment,
    audit::{self, Entry},
    error::{AppError, Result},
    identity,
    runs::{self, Start, StartInput},
    trigger_definitions,
};

/// The largest number of firings that are claimed at once.
const CLAIMED: usize = 128;

/// How many of them are started at the same time.
const AT_ONCE: usize = 8;

/// How long a claim lasts. After that, another scheduler tries again.
const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// How long one start may take, and after which time no further claimed firing is started: together less
/// than a claim lasts. What was not done stays claimed, and is tried again when the claim has ended.
const LONGEST: Duration = Duration::from_secs(15);
const STARTING: Duration = Duration::from_secs(40);

/// How long a firing waits before it looks again whether the earlier run has ended.
const WAIT: TimeDelta = TimeDelta::seconds(2);

/// The longest pause between attempts to start a run.
const MAX_PAUSE: i64 = 300;

/// How often a firing is tried again after errors that may pass: about two hours.
const MAX_ATTEMPTS: i32 = 30;

/// After so many refusals in a row, a trigger is disabled.
pub(super) const MAX_REFUSED: usize = 50;

/// How long the list of firings goes back, and that of triggers that fire more often than once a minute.
const KEPT: TimeDelta = TimeDelta::days(90);
const KEPT_FREQUENT: TimeDelta = TimeDelta::days(2);

/// The largest number of firings that one statement removes, and of statements in a purge.
const PURGED: usize = 10_000;
const PURGES: usize = 100;

/// Does what is due now, by the database's clock. Returns whether there may be more to do at once.
pub async fn tick(system: &SystemCtx) -> Result<bool> {
    let now = repo::now(system).await?;
    tick_at(system, now).await
}

/// Like [`tick`], at a given time.
///
/// One transaction writes the firings that are due and moves their triggers on, another one claims firings,
/// and their runs are started after it. So what failed in a later step is not planned again.
pub async fn tick_at(system: &SystemCtx, now: DateTime<Utc>) -> Result<bool> {
    if repo::is_idle(system, now).await? {
        return Ok(false);
    }
    // What was planned before is started even if this fails.
    let planned = planning::plan(system, now).await;
    let tx = system.begin_across().await?;
    let claimed = repo::claim(&tx, now, now + CLAIM, CLAIMED).await?;
    tx.commit().await?;
    let started = !claimed.is_empty();
    start_claimed(system, claimed, now).await;
    Ok(planned? || started)
}

/// Removes firings that ended long ago. Those of a trigger that is gone are removed with them.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let now = system.app.clock().now();
    let mut all = 0;
    for _ in 0..PURGES {
        let tx = system.begin_across().await?;
        let old = repo::purge(&tx, now - KEPT, PURGED).await?;
        repo::backfills::purge(&tx, now - KEPT).await?;
        let frequent = repo::purge_frequent(&tx, now - KEPT_FREQUENT, PURGED).await?;
        let causes = repo::watching::purge(&tx, now - KEPT, PURGED).await?;
        tx.commit().await?;
        all += old + frequent + causes;
        if old.max(frequent).max(causes) < PURGED as u64 {
            break;
        }
    }
    Ok(all)
}

/// Starts the runs of claimed firings. A start that takes long holds up no other one.
async fn start_claimed(system: &SystemCtx, claimed: Vec<entity::Model>, now: DateTime<Utc>) {
    let (begun, system) = (Instant::now(), system.clone());
    let starts = stream::iter(claimed).map(move |firing| {
        let system = system.clone();
        async move {
            if begun.elapsed() > STARTING {
                return;
            }
            let id = TriggerFiringId(firing.id);
            match timeout(LONGEST, fire(&system, &firing, now)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, %id, "a firing could not be handled; it is tried again");
                }
                Err(_) => tracing::warn!(%id, "a firing took too long; it is tried again"),
            }
        }
    });
    let done = starts.buffer_unordered(AT_ONCE);
    done.for_each(|()| future::ready(())).await;
}

/// What a firing led to.
enum Outcome {
    Started(RunId),
    /// It is looked at again after this time.
    Waits(TimeDelta),
    Skipped(String),
}

/// Starts the run of a firing, and writes what became of it.
pub(super) async fn fire(
    system: &SystemCtx,
    firing: &entity::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let org = OrgId(firing.org_id);
    let row = repo::find_of(system, org, firing.trigger_id).await?;
    if firing.is_trial {
        return watch::tried(system, row.as_ref(), firing, now).await;
    }
    let result = match &row {
        Some(row) if row.enabled => start(system, row, firing).await,
        _ => Ok(Outcome::Skipped("The trigger was disabled".to_owned())),
    };
    let tx = system.begin_in(&[org]).await?;
    match result {
        Ok(Outcome::Started(run)) => {
            if let Some(row) = row.filter(|row| row.problem_code.is_some()) {
                repo::set_problem(&tx, &row, None).await?;
            }
            let end = (FiringState::Fired, Some(run));
            repo::end(&tx, firing, end, None, now).await?;
        }
        Ok(Outcome::Waits(pause)) => repo::later(&tx, firing, now + pause, false).await?,
        Ok(Outcome::Skipped(why)) => {
            let end = (FiringState::Skipped, None);
            repo::end(&tx, firing, end, Some((None, why.as_str())), now).await?;
        }
        Err(error) if is_passing(&error) && firing.attempts < MAX_ATTEMPTS => {
            let doubled = 1i64 << firing.attempts.clamp(0, 10);
            let pause = TimeDelta::seconds(doubled.min(MAX_PAUSE));
            repo::later(&tx, firing, now + pause, true).await?;
        }
        Err(error) => {
            if let Some(row) = &row {
                refused(system, &tx, row, &error).await?;
            }
            let (code, message) = (error.code.as_str(), &*error.message);
            let end = (FiringState::Refused, None);
            repo::end(&tx, firing, end, Some((Some(code), message)), now).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Writes on a trigger why its firing is refused, and disables it if the next ones would be refused, too.
async fn refused(
    system: &SystemCtx,
    tx: &Tx,
    row: &definition::Model,
    error: &AppError,
) -> Result<()> {
    let (code, message) = (error.code.as_str(), &*error.message);
    let why = if error.code == ErrorCode::Forbidden {
        Some(message.to_owned())
    } else if repo::were_refused(system, tx, row, MAX_REFUSED - 1).await? {
        Some(format!(
            "Disabled after {MAX_REFUSED} refusals in a row. The last one: {message}"
        ))
    } else {
        None
    };
    let disabled = match &why {
        Some(why) => repo::disable(tx, row, (code, why.as_str())).await?,
        None => {
            repo::set_problem(tx, row, Some((code, message))).await?;
            false
        }
    };
    let id = TriggerId(row.id);
    if disabled {
        let detail = json!({ "code": code, "message": why });
        let entry = Entry::new("trigger.disable", "trigger", id).detail(detail);
        let (clock, actor) = (system.app.clock(), Actor::system("FlowMason"));
        let org = OrgId(row.org_id);
        audit::write_raw(tx, clock, org, &actor, "firing", entry).await?;
        trigger_definitions::announce_disabled(tx, (&system.app, org), row).await?;
    }
    tracing::warn!(%id, code, message, disabled, "a firing was refused");
    Ok(())
}

/// Starts the run of a firing, as whoever enabled the trigger.
async fn start(
    system: &SystemCtx,
    row: &definition::Model,
    firing: &entity::Model,
) -> Result<Outcome> {
    let Ok(read) = Definition::parse(&row.definition) else {
        // A scheduler of a newer version can.
        return Ok(Outcome::Waits(planning::PARKED));
    };
    let ctx = context(system, row, firing).await?;
    let id = TriggerId(row.id);
    // It cannot be guessed, so that nobody else starts a run with it before.
    let key = TriggerFiringId(firing.id).to_string();
    // An earlier attempt may have started the run and not have written it here.
    let known = runs::started_with(&ctx, &key).await?;
    if let Some(run) = known.filter(|run| run.pipeline.0 == row.pipeline_id) {
        return Ok(Outcome::Started(run.id));
    }
    let overlap = match read.schedule.overlap {
        // What is made up for waits, rather than to be left out again or to end what runs.
        Overlap::Skip | Overlap::CancelOldest if firing.backfill_id.is_some() => Overlap::Queue,
        overlap => overlap,
    };
    let running = match overlap {
        Overlap::Allow => Vec::new(),
        _ => repo::running(&ctx, id).await?,
    };
    if let Some(oldest) = running.first() {
        match overlap {
            Overlap::Queue => return Ok(Outcome::Waits(WAIT)),
            Overlap::Skip => {
                return Ok(Outcome::Skipped(format!(
                    "The run {oldest} of an earlier firing has not ended"
                )));
            }
            Overlap::CancelOldest => cancel(&ctx, *oldest).await?,
            Overlap::Allow => {}
        }
    }
    let environment = Environment::parse(&row.environment)
        .ok_or_else(|| AppError::internal(format!("environment {}", row.environment)))?;
    let input = match &read.schedule.timing {
        Timing::Cron(_) | Timing::Interval { .. } | Timing::Rule(_) => read.input_at(firing.due_at),
        Timing::Run(run) => causes::input_of_run(&ctx, firing, &read, run).await?,
        Timing::Event(event) => events::input_of(&ctx, firing, &read, event).await?,
        Timing::Webhook(webhook) => {
            let place = (OrgId(firing.org_id), firing.id);
            webhooks::input_of(system, place, webhook, &read.input).await?
        }
    };
    let start = Start {
        environment,
        input: StartInput::Value(input.to_serde()),
        idempotency_key: Some(key),
        ..Start::default()
    };
    let run = runs::start(&ctx, PipelineId(row.pipeline_id), start).await?;
    Ok(Outcome::Started(run.id))
}

async fn cancel(ctx: &Ctx, run: RunId) -> Result<()> {
    let reason = "A later firing of its trigger replaces it";
    match runs::cancel(ctx, run, Some(reason)).await {
        // It may have ended meanwhile.
        Err(error) if error.code == ErrorCode::Conflict => Ok(()),
        result => result.map(drop),
    }
}

/// The context of a firing: the person or API key that enabled the trigger, with their rights now.
pub(super) async fn context(
    system: &SystemCtx,
    row: &definition::Model,
    firing: &entity::Model,
) -> Result<Ctx> {
    let kind = row.enabled_by_kind.as_deref().and_then(ActorKind::parse);
    let kind = kind.filter(|kind| matches!(kind, ActorKind::User | ActorKind::ApiKey));
    let (kind, id) = kind.zip(row.enabled_by_id).ok_or_else(|| {
        let message = "Nobody is known who enabled this trigger; enable it again";
        AppError::new(ErrorCode::Forbidden, message)
    })?;
    let name = row.enabled_by_name.clone().unwrap_or_default();
    let actor = Actor::new(kind, id, name);
    let org = OrgId(row.org_id);
    let rights = identity::rights_now(system, org, &actor).await?;
    Ok(Ctx {
        app: system.app.clone(),
        actor,
        session: None,
        proved_at: None,
        limited: false,
        org,
        rights,
        request_id: TriggerFiringId(firing.id).to_string().into(),
    })
}

/// Whether the error passes by itself, so that the firing is tried again.
fn is_passing(error: &AppError) -> bool {
    use ErrorCode as Code;
    matches!(
        error.code,
        Code::Unavailable
            | Code::StorageFull
            | Code::Timeout
            | Code::Internal
            | Code::RateLimited
            | Code::QuotaExceeded
    )
}
