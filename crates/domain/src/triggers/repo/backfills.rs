//! Reads and writes of back-fills.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, Value};
use types::{TriggerFiringId, TriggerId};
use uuid::Uuid;

use crate::{
    Ctx, Tx, tenancy::SCOPE, trigger_definitions::entity as definition,
    triggers::backfills::Backfill,
};

/// The newest back-fills of a trigger, the newest first.
pub async fn of_trigger(ctx: &Ctx, id: TriggerId, count: u64) -> Result<Vec<Backfill>, DbErr> {
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
    ctx.rows(&sql, [id.0.into()]).await
}

/// Stores a back-fill that was begun.
pub async fn insert(
    tx: &Tx,
    row: &definition::Model,
    id: Uuid,
    made: &Backfill,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO trigger_backfills (id, org_id, trigger_id, from_at, to_at, planned, known, \
            requested_by, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        id.into(),
        row.org_id.into(),
        row.id.into(),
        made.from_at.into(),
        made.to_at.into(),
        made.planned.into(),
        made.known.into(),
        made.requested_by.as_str().into(),
        made.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Stops the back-fill of a trigger that has waiting firings, and drops those.
pub async fn stop(tx: &Tx, row: &definition::Model, now: DateTime<Utc>) -> Result<(), DbErr> {
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
    tx.execute(dropped, values).await.map(drop)
}

/// Removes back-fills that somebody asked for before `cutoff`.
pub async fn purge(tx: &Tx, cutoff: DateTime<Utc>) -> Result<(), DbErr> {
    let sql =
        "/* across organizations: purge */ DELETE FROM trigger_backfills WHERE created_at < $1";
    tx.execute(sql, [cutoff.into()]).await.map(drop)
}

/// Whether firings of a back-fill of the trigger wait.
pub async fn unfinished(tx: &Tx, row: &definition::Model) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS n FROM trigger_firings WHERE org_id = $1 AND trigger_id = $2 \
            AND state = 'pending' AND backfill_id IS NOT NULL LIMIT 1";
    let values: [Value; 2] = [row.org_id.into(), row.id.into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// Adds a firing, or has one tried again that started nothing. `false`: it has started a run, or is about
/// to.
pub async fn add(
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
