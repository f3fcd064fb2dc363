//! Reads and writes of triggers and their firings.

pub mod backfills;
pub mod watch;
pub mod watching;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::{OrgId, PipelineId, RunId, TriggerFiringId, TriggerId};
use uuid::Uuid;

use super::{
    FiringState, definition,
    entity::{Column, Entity, Model},
};
use crate::{
    Ctx, SystemCtx, Tx,
    access::Environment,
    db::places,
    tenancy::{OrgEntity, SCOPE},
    trigger_definitions::entity::{Column as TriggerColumn, Entity as Triggers},
};

/// The largest number of triggers of a list.
const MAX_LISTED: u64 = 300;

/// The triggers of a pipeline, by environment and name.
pub async fn of_pipeline(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Option<Environment>,
) -> Result<Vec<definition::Model>, DbErr> {
    let mut select = Triggers::in_org(ctx).filter(TriggerColumn::PipelineId.eq(pipeline.0));
    if let Some(environment) = environment {
        select = select.filter(TriggerColumn::Environment.eq(environment.as_str()));
    }
    let select = select
        .order_by_asc(TriggerColumn::Environment)
        .order_by_asc(TriggerColumn::Name)
        .limit(MAX_LISTED);
    ctx.all(select).await
}

/// One trigger.
pub async fn find(ctx: &Ctx, id: TriggerId) -> Result<Option<definition::Model>, DbErr> {
    ctx.one(Triggers::in_org(ctx).filter(TriggerColumn::Id.eq(id.0)))
        .await
}

/// The trigger whose firing started a run.
pub async fn of_run(ctx: &Ctx, run: RunId) -> Result<Option<definition::Model>, DbErr> {
    let sql = format!(
        "SELECT t.* FROM triggers t WHERE {SCOPE} AND t.org_id = $1 AND t.id IN ( \
           SELECT f.trigger_id FROM trigger_firings f WHERE f.org_id = $1 AND f.run_id = $2) LIMIT 1"
    );
    Ok(ctx.rows(&sql, [run.0.into()]).await?.pop())
}

/// One trigger, for the scheduler.
pub async fn find_of(
    system: &SystemCtx,
    org: OrgId,
    id: Uuid,
) -> Result<Option<definition::Model>, DbErr> {
    let tx = system.begin_in(&[org]).await?;
    let select = Triggers::in_org_of(system, org).filter(TriggerColumn::Id.eq(id));
    let row = select.one(tx.conn()).await?;
    tx.commit().await?;
    Ok(row)
}

/// One trigger, locked for the transaction. SQLite has one writer and needs no lock.
pub async fn lock(tx: &Tx, ctx: &Ctx, id: TriggerId) -> Result<Option<definition::Model>, DbErr> {
    let lock = if tx.is_postgres() { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT * FROM triggers WHERE org_id = $1 AND id = $2 {lock}");
    let row = tx.query_one(&sql, [ctx.org.0.into(), id.0.into()]).await?;
    row.map(|row| definition::Model::from_query_result(&row, ""))
        .transpose()
}

/// Lets the triggers of an organization be enabled one after the other, until the transaction ends. It is
/// taken after the locks of triggers.
pub async fn lock_limits(tx: &Tx, org: OrgId) -> Result<(), DbErr> {
    if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended('triggers ' || $1, 0))";
        tx.execute(sql, [org.0.to_string().into()]).await?;
    }
    Ok(())
}

/// How many other triggers of the organization are enabled, how many of them fire more often than once a
/// minute, and how many wait for runs or events.
pub async fn enabled_besides(tx: &Tx, row: &definition::Model) -> Result<(i64, i64, i64), DbErr> {
    let sql = "SELECT count(*) AS every, coalesce(sum(CASE WHEN frequent THEN 1 ELSE 0 END), 0) AS often, \
            coalesce(sum(CASE WHEN waits_for IS NOT NULL THEN 1 ELSE 0 END), 0) AS watching \
        FROM triggers WHERE org_id = $1 AND enabled AND id <> $2";
    let found = tx
        .query_one(sql, [row.org_id.into(), row.id.into()])
        .await?;
    match found {
        Some(found) => Ok((
            found.try_get("", "every")?,
            found.try_get("", "often")?,
            found.try_get("", "watching")?,
        )),
        None => Ok((0, 0, 0)),
    }
}

/// The newest firings of a trigger.
pub async fn newest(ctx: &Ctx, id: TriggerId, count: u64) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::TriggerId.eq(id.0))
        .filter(Column::IsTrial.eq(false))
        .order_by_desc(Column::Id)
        .limit(count);
    ctx.all(select).await
}

/// The time of the database, which decides what is due. On SQLite it is that of this process.
pub async fn now(system: &SystemCtx) -> Result<DateTime<Utc>, DbErr> {
    let db = system.app.db();
    if !db.is_postgres() {
        return Ok(system.app.clock().now());
    }
    let row = db.query_one(db.statement("SELECT now() AS at", [])).await?;
    match row {
        Some(row) => row.try_get("", "at"),
        None => Ok(system.app.clock().now()),
    }
}

/// Whether nothing is due. Only SQLite is asked, where a transaction would keep other writers waiting.
pub async fn is_idle(system: &SystemCtx, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let db = system.app.db();
    if db.is_postgres() {
        return Ok(false);
    }
    let sql = "/* across organizations: triggers */ SELECT 1 AS n FROM triggers \
            WHERE next_due IS NOT NULL AND next_due <= $1 \
        UNION ALL SELECT 1 AS n FROM trigger_firings \
            WHERE state = 'pending' AND next_try_at <= $1 LIMIT 1";
    let row = db.query_one(db.statement(sql, [now.into()])).await?;
    Ok(row.is_none())
}

/// Triggers of all organizations that are due: organizations in turn, and of each the longest due first.
/// Skips rows that another scheduler has locked.
pub async fn due(
    tx: &Tx,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<definition::Model>, DbErr> {
    let lock = if tx.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "/* across organizations: triggers */ SELECT t.* FROM triggers t \
         WHERE t.next_due IS NOT NULL AND t.next_due <= $1 AND t.id IN ( \
           SELECT o.id FROM ( \
             SELECT d.id, row_number() OVER (PARTITION BY d.org_id ORDER BY d.next_due, d.id) AS turn \
             FROM triggers d WHERE d.next_due IS NOT NULL AND d.next_due <= $1) o \
           ORDER BY o.turn, o.id LIMIT {limit}) {lock}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [now.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| definition::Model::from_query_result(row, ""))
        .collect()
}

/// Moves a trigger to its next firing.
pub async fn planned(tx: &Tx, row: &definition::Model) -> Result<(), DbErr> {
    let sql = "UPDATE triggers SET next_at = $3, next_due = $4 WHERE org_id = $1 AND id = $2";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        row.next_at.into(),
        row.next_due.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes what prevents a trigger from firing, or that nothing does.
pub async fn set_problem(
    tx: &Tx,
    row: &definition::Model,
    problem: Option<(&str, &str)>,
) -> Result<(), DbErr> {
    let (code, message) = problem.unzip();
    let sql = "UPDATE triggers SET problem_code = $3, problem = $4 WHERE org_id = $1 AND id = $2";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        code.map(str::to_owned).into(),
        message.map(str::to_owned).into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Disables a trigger that cannot fire again by itself, and writes why. `false`: somebody has disabled it
/// meanwhile, or somebody else has enabled it.
pub async fn disable(
    tx: &Tx,
    row: &definition::Model,
    (code, message): (&str, &str),
) -> Result<bool, DbErr> {
    let sql = "UPDATE triggers SET problem_code = $3, problem = $4, enabled = false, frequent = false, \
            next_at = NULL, next_due = NULL, waits_for = NULL \
        WHERE org_id = $1 AND id = $2 AND enabled AND enabled_by_id IS NOT DISTINCT FROM $5";
    let values: [Value; 5] = [
        row.org_id.into(),
        row.id.into(),
        code.into(),
        message.into(),
        row.enabled_by_id.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Whether the last `count` firings of a trigger that started a run or were refused were all refused, since
/// the trigger was changed or enabled.
pub async fn were_refused(
    system: &SystemCtx,
    tx: &Tx,
    row: &definition::Model,
    count: usize,
) -> Result<bool, DbErr> {
    let (fired, refused) = (FiringState::Fired.as_str(), FiringState::Refused.as_str());
    let select = Entity::in_org_of(system, OrgId(row.org_id))
        .filter(Column::TriggerId.eq(row.id))
        .filter(Column::State.is_in([fired, refused]))
        .filter(Column::CreatedAt.gte(row.updated_at))
        .order_by_desc(Column::Id)
        .limit(count as u64);
    let rows = select.all(tx.conn()).await?;
    Ok(rows.len() == count && rows.iter().all(|one| one.state == refused))
}

/// Writes a firing. `false`: the trigger has one for the same instant.
pub async fn insert_firing(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO trigger_firings (id, org_id, trigger_id, due_at, state, missed, reason, \
            attempts, next_try_at, created_at, ended_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10) ON CONFLICT DO NOTHING";
    let values: [Value; 10] = [
        row.id.into(),
        row.org_id.into(),
        row.trigger_id.into(),
        row.due_at.into(),
        row.state.as_str().into(),
        row.missed.into(),
        row.reason.clone().into(),
        row.next_try_at.into(),
        row.created_at.into(),
        row.ended_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// How many firings of an organization are pending.
pub async fn pending(tx: &Tx, org: Uuid) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) AS n FROM trigger_firings WHERE org_id = $1 AND state = 'pending'";
    let found = tx.query_one(sql, [org.into()]).await?;
    found.map_or(Ok(0), |found| found.try_get("", "n"))
}

/// How many firings of a trigger are pending, without those of a back-fill.
pub async fn waiting(tx: &Tx, row: &definition::Model) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) AS n FROM trigger_firings \
        WHERE org_id = $1 AND trigger_id = $2 AND state = 'pending' AND backfill_id IS NULL";
    let found = tx
        .query_one(sql, [row.org_id.into(), row.id.into()])
        .await?;
    found.map_or(Ok(0), |found| found.try_get("", "n"))
}

/// Claims pending firings of all organizations until `until`: of each trigger the oldest one, and
/// organizations in turn. The firings of a back-fill let all others of their trigger go first, which wait
/// only for the one that is being started. Skips rows that another scheduler has locked.
pub async fn claim(
    tx: &Tx,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Model>, DbErr> {
    let lock = if tx.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "/* across organizations: triggers */ SELECT f.* FROM trigger_firings f \
         WHERE f.state = 'pending' AND f.next_try_at <= $1 AND f.id IN ( \
           SELECT t.id FROM ( \
             SELECT p.id, row_number() OVER (PARTITION BY p.org_id ORDER BY p.due_at, p.id) AS turn \
             FROM trigger_firings p \
             WHERE p.state = 'pending' AND p.next_try_at <= $1 AND NOT EXISTS ( \
               SELECT 1 FROM trigger_firings e WHERE e.org_id = p.org_id \
                 AND e.trigger_id = p.trigger_id AND e.state = 'pending' AND CASE \
                   WHEN e.backfill_id IS NULL THEN \
                     p.backfill_id IS NOT NULL OR e.due_at < p.due_at \
                   WHEN p.backfill_id IS NULL THEN e.next_try_at > $1 AND e.attempts = 0 \
                   ELSE e.due_at < p.due_at END)) t \
           ORDER BY t.turn, t.id LIMIT {limit}) {lock}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [now.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    let rows: Vec<Model> = rows
        .iter()
        .map(|row| Model::from_query_result(row, ""))
        .collect::<Result<_, _>>()?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    if !ids.is_empty() {
        let (places, more) = places(2, &ids);
        let sql = format!(
            "/* across organizations: triggers */ UPDATE trigger_firings SET next_try_at = $1 \
             WHERE id IN ({places})"
        );
        let values = std::iter::once(until.into()).chain(more);
        tx.execute(&sql, values).await?;
    }
    Ok(rows)
}

/// Has a pending firing tried later.
pub async fn later(tx: &Tx, row: &Model, at: DateTime<Utc>, failed: bool) -> Result<(), DbErr> {
    let sql = "UPDATE trigger_firings SET next_try_at = $3, attempts = attempts + $4 \
        WHERE org_id = $1 AND id = $2 AND state = 'pending'";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        at.into(),
        i32::from(failed).into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes what became of a firing. It may have been dropped meanwhile, because somebody disabled its
/// trigger; but a run that was started was started.
pub async fn end(
    tx: &Tx,
    row: &Model,
    (state, run): (FiringState, Option<RunId>),
    why: Option<(Option<&str>, &str)>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE trigger_firings SET state = $3, run_id = $4, code = $5, reason = $6, \
            next_try_at = NULL, ended_at = $7 \
        WHERE org_id = $1 AND id = $2 \
            AND (state = 'pending' OR (state = 'skipped' AND $8 = 'fired'))";
    let values: [Value; 8] = [
        row.org_id.into(),
        row.id.into(),
        state.as_str().into(),
        run.map(|run| run.0).into(),
        why.and_then(|(code, _)| code.map(str::to_owned)).into(),
        why.map(|(_, reason)| reason.to_owned()).into(),
        at.into(),
        state.as_str().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Ends the pending firings of a trigger that is disabled.
pub async fn drop_pending(
    tx: &Tx,
    row: &definition::Model,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE trigger_firings SET state = 'skipped', reason = $3, next_try_at = NULL, \
            ended_at = $4 \
        WHERE org_id = $1 AND trigger_id = $2 AND state = 'pending'";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        "The trigger was disabled".into(),
        at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The runs of a trigger's last 100 firings, and of the last 100 of back-fills, that have not ended, the
/// oldest first.
pub async fn running(ctx: &Ctx, id: TriggerId) -> Result<Vec<RunId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let sql = format!(
        "SELECT r.id FROM runs r WHERE {SCOPE} AND r.org_id = $1 \
             AND r.status IN ('queued', 'running', 'waiting') AND (r.id IN ( \
               SELECT f.run_id FROM trigger_firings f WHERE f.org_id = $1 AND f.trigger_id = $2 \
                 AND f.run_id IS NOT NULL ORDER BY f.id DESC LIMIT 100) OR r.id IN ( \
               SELECT b.run_id FROM trigger_firings b WHERE b.org_id = $1 AND b.trigger_id = $2 \
                 AND b.backfill_id IS NOT NULL AND b.run_id IS NOT NULL \
                 ORDER BY b.ended_at DESC LIMIT 100)) \
         ORDER BY r.id LIMIT 100"
    );
    let rows: Vec<Row> = ctx.rows(&sql, [id.0.into()]).await?;
    Ok(rows.into_iter().map(|row| RunId(row.id)).collect())
}

/// Removes firings that ended before `cutoff`, at most `limit`. Returns how many.
pub async fn purge(tx: &Tx, cutoff: DateTime<Utc>, limit: usize) -> Result<u64, DbErr> {
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM trigger_firings WHERE id IN ( \
           SELECT f.id FROM trigger_firings f WHERE f.ended_at IS NOT NULL AND f.ended_at < $1 \
           LIMIT {limit})"
    );
    tx.execute(&sql, [cutoff.into()]).await
}

/// Removes firings of triggers that fire more often than once a minute, if they were written before `cutoff`
/// and have ended, at most `limit`. Returns how many.
pub async fn purge_frequent(tx: &Tx, cutoff: DateTime<Utc>, limit: usize) -> Result<u64, DbErr> {
    // By their ids, which begin with the time, so that an index finds them.
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM trigger_firings WHERE id IN ( \
           SELECT f.id FROM triggers t JOIN trigger_firings f \
             ON f.org_id = t.org_id AND f.trigger_id = t.id \
           WHERE t.enabled AND t.frequent AND f.id < $1 AND f.ended_at IS NOT NULL LIMIT {limit})"
    );
    tx.execute(&sql, [first_id(cutoff).into()]).await
}

/// The lowest possible id of a row that was written in this millisecond.
pub fn first_id(time: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((millis & 0xffff_ffff_ffff) << 80)
}

/// A new firing of a trigger.
pub fn firing(
    system: &SystemCtx,
    row: &definition::Model,
    (due_at, now): (DateTime<Utc>, DateTime<Utc>),
    state: FiringState,
) -> Model {
    let pending = state == FiringState::Pending;
    Model {
        id: TriggerFiringId::new(system.app.clock()).0,
        org_id: row.org_id,
        trigger_id: row.id,
        due_at,
        state: state.as_str().to_owned(),
        missed: 0,
        code: None,
        reason: None,
        run_id: None,
        backfill_id: None,
        is_trial: false,
        attempts: 0,
        next_try_at: pending.then_some(now),
        created_at: now,
        ended_at: (!pending).then_some(now),
    }
}
