//! Reads and writes of the runs that triggers wait for, and of the causes of firings.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::{OrgId, TriggerFiringId};
use uuid::Uuid;

use super::Model;
use crate::{
    App, Ctx, Tx,
    db::places,
    tenancy::{SCOPE, rows_in},
    trigger_definitions::entity as definition,
};

type Time = DateTime<Utc>;

/// How far a trigger has looked at the runs of its pipelines.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Watch {
    /// Runs that ended before do not count: when the trigger was changed or enabled last.
    pub since: Time,
    /// All runs up to this one are known.
    pub cursor_id: Uuid,
    /// For when it fired last.
    pub fired_at: Option<Time>,
}

/// A run that has ended or takes long.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Moved {
    pub run_id: Uuid,
    pub pipeline_id: Uuid,
    pub status: String,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub idempotency_key: Option<String>,
}

/// A run that counts for the next firing.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Held {
    pub run_id: Uuid,
    pub pipeline_id: Uuid,
    pub status: Option<String>,
    pub ended_at: Option<Time>,
    pub depth: i64,
}

/// For what a firing is.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CauseRow {
    pub firing_id: Uuid,
    pub org_id: Uuid,
    pub trigger_id: Uuid,
    /// `run` or `event`.
    pub kind: String,
    /// The run, the last one if there are several, or the event.
    pub cause_id: Uuid,
    /// The ids of all runs, as JSON.
    pub runs: String,
    pub depth: i64,
    pub created_at: Time,
}

async fn all<M: FromQueryResult>(
    tx: &Tx,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<M>, DbErr> {
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| M::from_query_result(row, ""))
        .collect()
}

/// Those of these names that pipelines of the organization have.
pub async fn names(ctx: &Ctx, names: &[String]) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let (places, values) = places(2, names);
    let sql = format!(
        "SELECT p.name FROM pipelines p WHERE {SCOPE} AND p.org_id = $1 AND p.deleted_at IS NULL \
             AND p.name IN ({places}) LIMIT 100"
    );
    let rows: Vec<Row> = ctx.rows(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The pipelines with these names, each with its name.
pub async fn pipelines(tx: &Tx, org: Uuid, names: &[String]) -> Result<Vec<(Uuid, String)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        name: String,
    }
    let (places, more) = places(2, names);
    let sql = format!(
        "SELECT p.id, p.name FROM pipelines p WHERE p.org_id = $1 AND p.deleted_at IS NULL \
             AND p.name IN ({places})"
    );
    let values = std::iter::once(org.into()).chain(more);
    let rows: Vec<Row> = all(tx, &sql, values).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// How far a trigger has looked.
pub async fn watch(tx: &Tx, row: &definition::Model) -> Result<Option<Watch>, DbErr> {
    let sql = "SELECT w.since, w.cursor_id, w.fired_at FROM run_watches w \
        WHERE w.org_id = $1 AND w.trigger_id = $2";
    let values = [row.org_id.into(), row.id.into()];
    Ok(all(tx, sql, values).await?.pop())
}

/// Lets a trigger begin to look, and forgets what it has seen before.
pub async fn begin(tx: &Tx, row: &definition::Model, watch: &Watch) -> Result<(), DbErr> {
    let sql = "DELETE FROM watched_runs WHERE org_id = $1 AND trigger_id = $2";
    tx.execute(sql, [row.org_id.into(), row.id.into()]).await?;
    let sql = "INSERT INTO run_watches (trigger_id, org_id, since, cursor_id) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (trigger_id) DO UPDATE \
        SET since = excluded.since, cursor_id = excluded.cursor_id, fired_at = NULL";
    let values: [Value; 4] = [
        row.id.into(),
        row.org_id.into(),
        watch.since.into(),
        watch.cursor_id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes how far a trigger has looked, and removes what it need not know any more.
pub async fn advance(tx: &Tx, row: &definition::Model, watch: &Watch) -> Result<(), DbErr> {
    let (org, id, cursor) = (row.org_id, row.id, watch.cursor_id);
    let sql = "UPDATE run_watches SET cursor_id = $3, fired_at = $4 \
        WHERE org_id = $1 AND trigger_id = $2";
    let values: [Value; 4] = [org.into(), id.into(), cursor.into(), watch.fired_at.into()];
    tx.execute(sql, values).await?;
    for sql in [
        "DELETE FROM watched_runs WHERE org_id = $1 AND trigger_id = $2 AND state = 'done' \
            AND run_id <= $3",
        // Runs that were purged with their pipeline.
        "DELETE FROM watched_runs WHERE org_id = $1 AND trigger_id = $2 AND state = 'open' \
            AND run_id <= $3 AND NOT EXISTS (SELECT 1 FROM runs r \
              WHERE r.org_id = $1 AND r.id = watched_runs.run_id)",
    ] {
        tx.execute(sql, [org.into(), id.into(), cursor.into()])
            .await?;
    }
    Ok(())
}

/// Notes runs of pipelines that a trigger has not seen, in the order in which they were requested and at
/// most `limit`. Returns how many.
pub async fn discover(
    tx: &Tx,
    row: &definition::Model,
    watch: &Watch,
    pipelines: &[Uuid],
    limit: u64,
) -> Result<u64, DbErr> {
    let (places, more) = places(5, pipelines);
    let sql = format!(
        "INSERT INTO watched_runs (org_id, trigger_id, run_id, pipeline_id, state, depth) \
         SELECT t.org_id, t.id, r.id, r.pipeline_id, 'open', 0 \
         FROM triggers t JOIN runs r ON r.org_id = t.org_id \
         WHERE t.org_id = $1 AND t.id = $2 AND r.org_id = $1 AND r.environment = t.environment \
           AND r.draft_revision IS NULL AND r.id > $3 \
           AND (r.finished_at IS NULL OR r.finished_at >= $4) AND r.pipeline_id IN ({places}) \
           AND NOT EXISTS (SELECT 1 FROM watched_runs w \
             WHERE w.org_id = $1 AND w.trigger_id = $2 AND w.run_id = r.id) \
         ORDER BY r.id LIMIT {limit}"
    );
    let first: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        watch.cursor_id.into(),
        watch.since.into(),
    ];
    tx.execute(&sql, first.into_iter().chain(more)).await
}

/// The run with the highest id that a trigger has noted.
pub async fn newest(tx: &Tx, row: &definition::Model) -> Result<Option<Uuid>, DbErr> {
    let sql = "SELECT w.run_id FROM watched_runs w WHERE w.org_id = $1 AND w.trigger_id = $2 \
        ORDER BY w.run_id DESC LIMIT 1";
    let found = tx
        .query_one(sql, [row.org_id.into(), row.id.into()])
        .await?;
    found.map(|row| row.try_get("", "run_id")).transpose()
}

/// The runs that have ended and were not handled, in the order in which they ended; with `long_before` also
/// those that have not ended and began before.
pub async fn moved(
    tx: &Tx,
    row: &definition::Model,
    long_before: Option<Time>,
    limit: u64,
) -> Result<Vec<Moved>, DbErr> {
    let long = match long_before {
        Some(_) => "OR r.started_at <= $3",
        None => "",
    };
    let sql = format!(
        "SELECT w.run_id, w.pipeline_id, r.status, r.started_at, r.finished_at, r.idempotency_key \
         FROM watched_runs w JOIN runs r ON r.org_id = w.org_id AND r.id = w.run_id \
         WHERE w.org_id = $1 AND w.trigger_id = $2 AND w.state = 'open' \
           AND (r.status IN ('succeeded', 'failed', 'cancelled') {long}) \
         ORDER BY r.finished_at, r.id LIMIT {limit}"
    );
    let first: [Value; 2] = [row.org_id.into(), row.id.into()];
    let more = long_before.map(Value::from);
    all(tx, &sql, first.into_iter().chain(more)).await
}

/// The runs that count for the next firing, in the order in which they ended.
pub async fn held(tx: &Tx, row: &definition::Model) -> Result<Vec<Held>, DbErr> {
    let sql = "SELECT w.run_id, w.pipeline_id, w.status, w.ended_at, w.depth FROM watched_runs w \
        WHERE w.org_id = $1 AND w.trigger_id = $2 AND w.state = 'held' \
        ORDER BY w.ended_at, w.run_id LIMIT 1000";
    all(tx, sql, [row.org_id.into(), row.id.into()]).await
}

/// Writes that a run counts for the next firing.
pub async fn hold(tx: &Tx, row: &definition::Model, held: &Held) -> Result<(), DbErr> {
    let sql = "UPDATE watched_runs SET state = 'held', status = $4, ended_at = $5, depth = $6 \
        WHERE org_id = $1 AND trigger_id = $2 AND run_id = $3";
    let values: [Value; 6] = [
        row.org_id.into(),
        row.id.into(),
        held.run_id.into(),
        held.status.clone().into(),
        held.ended_at.into(),
        held.depth.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes that a run was handled.
pub async fn done(tx: &Tx, row: &definition::Model, run: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE watched_runs SET state = 'done' \
        WHERE org_id = $1 AND trigger_id = $2 AND run_id = $3";
    tx.execute(sql, [row.org_id.into(), row.id.into(), run.into()])
        .await
        .map(drop)
}

/// How many triggers in a row led to a firing. Zero if it is of none that waits for runs.
pub async fn depth(tx: &Tx, org: Uuid, firing: Uuid) -> Result<i64, DbErr> {
    let sql = "SELECT depth FROM trigger_causes WHERE org_id = $1 AND firing_id = $2";
    let found = tx.query_one(sql, [org.into(), firing.into()]).await?;
    found.map_or(Ok(0), |found| found.try_get("", "depth"))
}

/// Writes for what a firing is.
pub async fn insert_cause(tx: &Tx, row: &CauseRow) -> Result<(), DbErr> {
    let sql = "INSERT INTO trigger_causes (firing_id, org_id, trigger_id, kind, cause_id, runs, depth, \
            created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        row.firing_id.into(),
        row.org_id.into(),
        row.trigger_id.into(),
        row.kind.as_str().into(),
        row.cause_id.into(),
        row.runs.as_str().into(),
        row.depth.into(),
        row.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// For what a firing is.
pub async fn cause(
    app: &App,
    org: OrgId,
    firing: TriggerFiringId,
) -> Result<Option<CauseRow>, DbErr> {
    let sql = format!(
        "SELECT c.* FROM trigger_causes c WHERE {SCOPE} AND c.org_id = $1 AND c.firing_id = $2 LIMIT 1"
    );
    Ok(rows_in(app, org, &sql, [firing.0.into()]).await?.pop())
}

/// The firings for a run or an event, the newest first.
pub async fn firings_for(ctx: &Ctx, cause: Uuid) -> Result<Vec<Model>, DbErr> {
    let sql = format!(
        "SELECT f.* FROM trigger_firings f WHERE {SCOPE} AND f.org_id = $1 AND f.id IN ( \
           SELECT c.firing_id FROM trigger_causes c WHERE c.org_id = $1 AND c.cause_id = $2) \
         ORDER BY f.id DESC LIMIT 100"
    );
    ctx.rows(&sql, [cause.into()]).await
}

/// Removes causes from before `cutoff`, at most `limit`. Returns how many.
pub async fn purge(tx: &Tx, cutoff: Time, limit: usize) -> Result<u64, DbErr> {
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM trigger_causes WHERE firing_id IN ( \
           SELECT c.firing_id FROM trigger_causes c WHERE c.created_at < $1 LIMIT {limit})"
    );
    tx.execute(&sql, [cutoff.into()]).await
}
