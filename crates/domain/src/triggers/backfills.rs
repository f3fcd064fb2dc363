//! Back-fills: the firings of a past range that a schedule did not have, or that started nothing.
//!
//! A back-fill writes one pending firing for each instant of the range, and the scheduler starts their runs
//! like those of all others, as whoever enabled the trigger. A firing is unique by trigger and instant, so an
//! instant that has started a run starts no second one, however often its range is back-filled. The runs of
//! a trigger that does not allow overlap are started one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::Trigger as Definition;
use sea_orm::FromQueryResult;
use types::{TriggerBackfillId, TriggerId};

use super::{Trigger, TriggerError, manage, planning, repo};
use crate::{Ctx, access::Permission, error::Result, trigger_definitions::note};

/// The largest number of firings of a back-fill.
pub const MAX_FIRINGS: usize = 1_000;

/// The largest number of back-fills of a list.
const MAX_LISTED: u64 = 20;

/// A back-fill of a trigger.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Backfill {
    /// The first instant of the range.
    pub from_at: DateTime<Utc>,
    /// The last one.
    pub to_at: DateTime<Utc>,
    /// How many firings it added.
    pub planned: i64,
    /// How many firings of the range had started a run before, or were about to.
    pub known: i64,
    /// How many of its firings wait.
    pub pending: i64,
    /// How many of them started a run.
    pub fired: i64,
    /// How many of them were refused.
    pub refused: i64,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When somebody stopped it.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// The newest back-fills of a trigger, the newest first.
pub async fn of_trigger(ctx: &Ctx, id: TriggerId, first: Option<i32>) -> Result<Vec<Backfill>> {
    ctx.authorize(Permission::RunRead).await?;
    let count = first.map_or(5, |first| u64::try_from(first).unwrap_or_default());
    let count = count.min(MAX_LISTED);
    Ok(repo::backfills::of_trigger(ctx, id, count).await?)
}

/// Adds the firings of a past range that have not started a run.
pub async fn begin(
    ctx: &Ctx,
    id: TriggerId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Trigger> {
    manage::authorized(ctx, id, false).await?;
    let now = ctx.clock().now();
    if to < from {
        return Err(TriggerError::Range("to", "the range ends before it begins").into());
    }
    if to > now {
        return Err(TriggerError::Range("to", "only what is past can be made up for").into());
    }
    let tx = ctx.begin().await?;
    let row = manage::locked(&tx, ctx, id).await?;
    if !row.enabled {
        return Err(TriggerError::Disabled.into());
    }
    let read = Definition::parse(&row.definition).map_err(TriggerError::Definition)?;
    if !read.schedule.timing.is_planned() {
        return Err(TriggerError::NotASchedule.into());
    }
    let schedule = &read.schedule;
    let instants: Vec<DateTime<Utc>> = schedule
        .firings(from - TimeDelta::seconds(1))
        .skip_while(|at| *at < from)
        .take_while(|at| *at <= to)
        .take(MAX_FIRINGS + 1)
        .collect();
    if instants.is_empty() {
        return Err(TriggerError::Range("from", "the schedule has no firing in this range").into());
    }
    if instants.len() > MAX_FIRINGS {
        return Err(TriggerError::RangeTooLong.into());
    }
    if repo::backfills::unfinished(&tx, &row).await? {
        return Err(TriggerError::BackfillRuns.into());
    }
    let wanted = i64::try_from(instants.len()).unwrap_or(i64::MAX);
    let pending = repo::pending(&tx, row.org_id).await?;
    if pending.saturating_add(wanted) > planning::MAX_PENDING_OF_ORG {
        return Err(TriggerError::TooManyPending.into());
    }
    let backfill = TriggerBackfillId::new(ctx.clock()).0;
    let mut planned = 0;
    for at in instants {
        if repo::backfills::add(&tx, ctx, &row, backfill, at).await? {
            planned += 1;
        }
    }
    let made = Backfill {
        from_at: from,
        to_at: to,
        planned,
        known: wanted - planned,
        pending: planned,
        fired: 0,
        refused: 0,
        requested_by: ctx.actor.name.to_string(),
        created_at: now,
        stopped_at: None,
    };
    repo::backfills::insert(&tx, &row, backfill, &made).await?;
    note(&tx, ctx, "trigger.backfill", &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}

/// Stops the back-fill of a trigger: its firings that wait start nothing. Does nothing if it has ended.
pub async fn stop(ctx: &Ctx, id: TriggerId) -> Result<Trigger> {
    manage::authorized(ctx, id, false).await?;
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let row = manage::locked(&tx, ctx, id).await?;
    repo::backfills::stop(&tx, &row, now).await?;
    note(&tx, ctx, "trigger.stop_backfill", &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}
