//! The scheduler: plans what is due, and starts the runs.

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::{Overlap, Schedule, Trigger as Definition};
use futures::future::join_all;
use serde_json::json;
use types::{ErrorCode, OrgId, PipelineId, RunId, TriggerFiringId, TriggerId};

use super::{FiringState, UNREADABLE, definition, entity, repo, webhooks};
use crate::{
    Actor, ActorKind, Ctx, SystemCtx, Tx,
    access::Environment,
    audit::{self, Entry},
    error::{AppError, Result},
    identity,
    runs::{self, Start, StartInput},
};

/// The largest number of triggers that are planned in one transaction.
const BATCH: usize = 200;

/// The largest number of firings that are claimed at once.
const CLAIMED: usize = 128;

/// How many of them are started at the same time.
const AT_ONCE: usize = 8;

/// How long a claim lasts. After that, another scheduler tries again.
const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// How long a firing waits before it looks again whether the earlier run has ended.
const WAIT: TimeDelta = TimeDelta::seconds(2);

/// The longest pause between attempts to start a run.
const MAX_PAUSE: i64 = 300;

/// How often a firing is tried again after errors that may pass: about two hours.
const MAX_ATTEMPTS: i32 = 30;

/// The largest number of firings of a trigger that wait for an earlier run.
const MAX_WAITING: i64 = 20;

/// How long the list of firings goes back.
const KEPT: TimeDelta = TimeDelta::days(90);

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
/// One transaction writes the firings that are due, moves their triggers on, and claims firings. Their runs
/// are started after it.
pub async fn tick_at(system: &SystemCtx, now: DateTime<Utc>) -> Result<bool> {
    if repo::is_idle(system, now).await? {
        return Ok(false);
    }
    let tx = system.begin_across().await?;
    let due = repo::due(&tx, now, BATCH).await?;
    let planned = due.len();
    for row in due {
        plan_one(system, &tx, row, now).await?;
    }
    let claimed = repo::claim(&tx, now, now + CLAIM, CLAIMED).await?;
    tx.commit().await?;
    start_claimed(system, &claimed, now).await;
    Ok(planned == BATCH || !claimed.is_empty())
}

/// Removes firings that ended long ago.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let mut all = 0;
    for _ in 0..PURGES {
        let tx = system.begin_across().await?;
        let gone = repo::purge(&tx, system.app.clock().now() - KEPT, PURGED).await?;
        tx.commit().await?;
        all += gone;
        if gone < PURGED as u64 {
            break;
        }
    }
    Ok(all)
}

/// Writes the firings of a trigger that are due, and moves it on.
async fn plan_one(
    system: &SystemCtx,
    tx: &Tx,
    mut row: definition::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let read = match Definition::parse(&row.definition) {
        Ok(read) => read,
        Err(_) => {
            // A newer version wrote it. It is not fired without what this version does not understand.
            let problem = "The definition is of a newer version of FlowMason; nothing is fired until \
                somebody enables the trigger again";
            let place = (row.org_id, row.id);
            repo::set_problem(tx, place, Some((UNREADABLE, problem)), true).await?;
            return Ok(());
        }
    };
    let Some(first) = row.next_at else {
        row.next_due = None;
        return Ok(repo::planned(tx, &row).await?);
    };
    let schedule = &read.schedule;
    let delay = schedule.delay(row.id.as_u128());
    let due = schedule.due(first, delay, now);
    let mut room = room(tx, &row, schedule).await?;
    for at in due.fire {
        room -= 1;
        let state = match room < 0 {
            true => FiringState::Skipped,
            false => FiringState::Pending,
        };
        let mut firing = repo::firing(system, &row, (at, now), state);
        if state == FiringState::Skipped {
            firing.reason = Some(format!("{MAX_WAITING} earlier firings wait already"));
        }
        repo::insert_firing(tx, &firing).await?;
    }
    if let Some(at) = due.last_missed.filter(|_| due.missed > 0) {
        let mut firing = repo::firing(system, &row, (at, now), FiringState::Missed);
        firing.missed = i64::try_from(due.missed).unwrap_or(i64::MAX);
        firing.reason = Some("No scheduler ran at that time".to_owned());
        repo::insert_firing(tx, &firing).await?;
    }
    row.next_at = due.next;
    row.next_due = due.next.map(|at| at + delay);
    Ok(repo::planned(tx, &row).await?)
}

/// How many firings may be added to those that wait.
async fn room(tx: &Tx, row: &definition::Model, schedule: &Schedule) -> Result<i64> {
    match schedule.overlap {
        Overlap::Queue => Ok(MAX_WAITING - repo::waiting(tx, row).await?),
        _ => Ok(i64::MAX),
    }
}

/// Starts the runs of claimed firings.
async fn start_claimed(system: &SystemCtx, claimed: &[entity::Model], now: DateTime<Utc>) {
    for some in claimed.chunks(AT_ONCE) {
        let done = some.iter().map(|firing| fire(system, firing, now));
        for (result, firing) in join_all(done).await.into_iter().zip(some) {
            if let Err(error) = result {
                // It stays claimed, and is tried again when the claim has ended.
                let id = TriggerFiringId(firing.id);
                tracing::warn!(%error, %id, "a firing could not be handled; it is tried again");
            }
        }
    }
}

/// What a firing led to.
enum Outcome {
    Started(RunId),
    Waits,
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
    let result = match &row {
        Some(row) if row.enabled => start(system, row, firing).await,
        _ => Ok(Outcome::Skipped("The trigger was disabled".to_owned())),
    };
    let tx = system.begin_in(&[org]).await?;
    let place = (firing.org_id, firing.trigger_id);
    match result {
        Ok(Outcome::Started(run)) => {
            let end = (FiringState::Fired, Some(run));
            repo::end(&tx, firing, end, None, now).await?;
            if row.is_some_and(|row| row.problem_code.is_some()) {
                repo::set_problem(&tx, place, None, false).await?;
            }
        }
        Ok(Outcome::Waits) => repo::later(&tx, firing, now + WAIT, false).await?,
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
            let (code, message) = (error.code.as_str(), &*error.message);
            let end = (FiringState::Refused, None);
            repo::end(&tx, firing, end, Some((Some(code), message)), now).await?;
            // Without the right, every further firing would be refused, too.
            let disable = error.code == ErrorCode::Forbidden;
            repo::set_problem(&tx, place, Some((code, message)), disable).await?;
            let id = TriggerId(firing.trigger_id);
            if disable {
                let detail = json!({ "code": code, "message": message });
                let entry = Entry::new("trigger.disable", "trigger", id).detail(detail);
                let (clock, actor) = (system.app.clock(), Actor::system("FlowMason"));
                audit::write_raw(&tx, clock, org, &actor, "firing", entry).await?;
            }
            tracing::warn!(%id, code, message, disable, "a firing was refused");
        }
    }
    Ok(tx.commit().await?)
}

/// Starts the run of a firing, as whoever enabled the trigger.
async fn start(
    system: &SystemCtx,
    row: &definition::Model,
    firing: &entity::Model,
) -> Result<Outcome> {
    let read = Definition::parse(&row.definition)
        .map_err(|_| AppError::new(ErrorCode::Unsupported, "The definition cannot be read"))?;
    let ctx = context(system, row, firing).await?;
    let id = TriggerId(row.id);
    // It cannot be guessed, so that nobody else starts a run with it before.
    let key = TriggerFiringId(firing.id).to_string();
    // An earlier attempt may have started the run and not have written it here.
    let known = runs::started_with(&ctx, &key).await?;
    if let Some(run) = known.filter(|run| run.pipeline.0 == row.pipeline_id) {
        return Ok(Outcome::Started(run.id));
    }
    let overlap = read.schedule.overlap;
    let running = match overlap {
        Overlap::Allow => Vec::new(),
        _ => repo::running(&ctx, id).await?,
    };
    if let Some(oldest) = running.first() {
        match overlap {
            Overlap::Queue => return Ok(Outcome::Waits),
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
    let input = match read.webhook() {
        None => read.input_at(firing.due_at),
        Some(webhook) => {
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
