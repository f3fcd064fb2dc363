//! Back-fills: the firings of a past range that a schedule did not have, or that started nothing.
//!
//! A back-fill writes one pending firing for each instant of the range, and the scheduler starts their runs
//! like those of all others, as whoever enabled the trigger. A firing is unique by trigger and instant, so an
//! instant that has started a run starts no second one, however often its range is back-filled. The runs of
//! a trigger that does not allow overlap are started one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::Trigger as Definition;
use sea_orm::{DbErr, FromQueryResult, Value};
use types::{TriggerBackfillId, TriggerFiringId, TriggerId};
use uuid::Uuid;

use super::{Trigger, TriggerError, definition, manage, planning, repo};
use crate::{
    Ctx, Tx, access::Permission, error::Result, tenancy::SCOPE, trigger_definitions::note,
};

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
    let of = |state: &str| {
        format!(
            "(SELECT count(*) FROM trigger_firings f WHERE f.org_id = $1 AND f.backfill_id = b.id \
               AND f.state = '{state}') AS {state}"
        )
    };
    let (pending, fired, refused) = (of("pending"), of("fired"), of("refused"));
    let sql = format!(
        "SELECT b.from_at, b.to_at, b.planned, b.known, b.requested_by, b.created_at, b.stopped_at, \
           {pending}, {fired}, {refused} \
         FROM trigger_backfills b WHERE {SCOPE} AND b.org_id = $1 AND b.trigger_id = $2 \
         ORDER BY b.id DESC LIMIT {count}"
    );
    Ok(ctx.rows(&sql, [id.0.into()]).await?)
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
    if unfinished(&tx, &row).await? {
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
        if add(&tx, ctx, &row, backfill, at).await? {
            planned += 1;
        }
    }
    let sql = "INSERT INTO trigger_backfills (id, org_id, trigger_id, from_at, to_at, planned, known, \
            requested_by, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        backfill.into(),
        row.org_id.into(),
        row.id.into(),
        from.into(),
        to.into(),
        planned.into(),
        (wanted - planned).into(),
        ctx.actor.name.to_string().into(),
        now.into(),
    ];
    tx.execute(sql, values).await?;
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
    let stopped = "UPDATE trigger_backfills SET stopped_at = $3 \
        WHERE org_id = $1 AND trigger_id = $2 AND stopped_at IS NULL AND EXISTS ( \
          SELECT 1 FROM trigger_firings f WHERE f.org_id = $1 AND f.backfill_id = trigger_backfills.id \
            AND f.state = 'pending')";
    let values: [Value; 3] = [row.org_id.into(), row.id.into(), now.into()];
    tx.execute(stopped, values).await?;
    let dropped = "UPDATE trigger_firings SET state = 'skipped', reason = $3, next_try_at = NULL, \
            ended_at = $4 \
        WHERE org_id = $1 AND trigger_id = $2 AND state = 'pending' AND backfill_id IS NOT NULL";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        "The back-fill was stopped".into(),
        now.into(),
    ];
    tx.execute(dropped, values).await?;
    note(&tx, ctx, "trigger.stop_backfill", &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}

/// Removes back-fills that somebody asked for before `cutoff`.
pub(super) async fn purge(tx: &Tx, cutoff: DateTime<Utc>) -> Result<(), DbErr> {
    let sql =
        "/* across organizations: purge */ DELETE FROM trigger_backfills WHERE created_at < $1";
    tx.execute(sql, [cutoff.into()]).await.map(drop)
}

/// Whether firings of a back-fill of the trigger wait.
async fn unfinished(tx: &Tx, row: &definition::Model) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS n FROM trigger_firings WHERE org_id = $1 AND trigger_id = $2 \
            AND state = 'pending' AND backfill_id IS NOT NULL LIMIT 1";
    let values: [Value; 2] = [row.org_id.into(), row.id.into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// Adds a firing, or has one tried again that started nothing. `false`: it has started a run, or is about
/// to.
async fn add(
    tx: &Tx,
    ctx: &Ctx,
    row: &definition::Model,
    backfill: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO trigger_firings (id, org_id, trigger_id, due_at, state, missed, attempts, \
            next_try_at, created_at, backfill_id) \
        VALUES ($1, $2, $3, $4, 'pending', 0, 0, $5, $6, $7) \
        ON CONFLICT (org_id, trigger_id, due_at) DO UPDATE SET state = 'pending', missed = 0, code = NULL, \
            reason = NULL, attempts = 0, next_try_at = excluded.next_try_at, ended_at = NULL, \
            backfill_id = excluded.backfill_id \
        WHERE trigger_firings.state IN ('skipped', 'missed', 'refused')";
    let now = ctx.clock().now();
    let values: [Value; 7] = [
        TriggerFiringId::new(ctx.clock()).0.into(),
        row.org_id.into(),
        row.id.into(),
        at.into(),
        now.into(),
        now.into(),
        backfill.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}
