//! Statements on the tables of apalis, which transports jobs.
//!
//! The crate `jobs` creates the tables, and also tests these statements against apalis. A row there
//! is a delivery; the job itself and its state are in our own table (`entity`).

#![allow(
    clippy::disallowed_methods,
    reason = "the queue's own times, in the format of apalis"
)]

use std::time::Duration;

use chrono::Utc;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::{SystemCtx, db::Tx, queue::carrier::new_id};

// '' is an empty hstore.
const ENQUEUE: &str = "INSERT INTO apalis.jobs
    (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
    VALUES ($1, $2, $3, 'Pending', 0, $4, now() + $5 * interval '1 second', 0, '')";
const ENQUEUE_LITE: &str = "INSERT INTO Jobs
    (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
    VALUES ($1, $2, $3, 'Pending', 0, $4, $5, 0, '{}')";
const EXISTS: &str = "SELECT CASE WHEN to_regclass('apalis.jobs') IS NULL THEN 0 ELSE 1 END AS it";
const EXISTS_LITE: &str = "SELECT CASE WHEN EXISTS (SELECT 1 FROM sqlite_master
    WHERE type = 'table' AND name = 'Jobs') THEN 1 ELSE 0 END AS it";

/// Whether the tables exist.
pub async fn has_tables(tx: &Tx) -> Result<bool, DbErr> {
    let sql = if tx.is_postgres() {
        EXISTS
    } else {
        EXISTS_LITE
    };
    let statement = Statement::from_string(tx.conn().get_database_backend(), sql);
    Ok(match tx.conn().query_one_raw(statement).await? {
        Some(row) if tx.is_postgres() => row.try_get::<i32>("", "it")? > 0,
        Some(row) => row.try_get::<i64>("", "it")? > 0,
        None => false,
    })
}

/// Inserts a delivery in the caller's transaction. `body` is the payload as JSON.
pub async fn enqueue(
    tx: &Tx,
    queue: &str,
    body: &[u8],
    delay: Duration,
    max_attempts: i32,
) -> Result<(), DbErr> {
    enqueue_as(tx, &new_id(), queue, body, delay, max_attempts).await
}

/// Like [`enqueue`], with an ID from [`new_id`].
pub async fn enqueue_as(
    tx: &Tx,
    id: &str,
    queue: &str,
    body: &[u8],
    delay: Duration,
    max_attempts: i32,
) -> Result<(), DbErr> {
    if tx.is_postgres() {
        let values = values(id, queue, body, delay, max_attempts);
        tx.execute(ENQUEUE, values).await?;
    } else {
        let delay = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
        let at = Utc::now().timestamp().saturating_add(delay);
        let values = [
            id.into(),
            queue.into(),
            body.into(),
            max_attempts.into(),
            at.into(),
        ];
        tx.execute(ENQUEUE_LITE, values).await?;
    }
    Ok(())
}

/// The values of [`ENQUEUE`].
fn values(id: &str, queue: &str, body: &[u8], delay: Duration, max_attempts: i32) -> [Value; 5] {
    // Interval arithmetic needs a double.
    #[allow(clippy::cast_precision_loss)]
    let seconds = delay.as_secs() as f64;
    [
        id.into(),
        queue.into(),
        body.into(),
        max_attempts.into(),
        seconds.into(),
    ]
}

/// Like [`enqueue`], as a part of another statement on PostgreSQL: the SQL, which inserts a delivery
/// for each row of `from`, and its values, which are bound from `$first` on.
pub fn enqueue_with(
    from: &str,
    first: usize,
    (queue, body): (&str, &[u8]),
    delay: Duration,
    max_attempts: i32,
) -> (String, [Value; 5]) {
    let values = values(&new_id(), queue, body, delay, max_attempts);
    let [id, kind, job, most, seconds] = [0, 1, 2, 3, 4].map(|n| first + n);
    let sql = format!(
        "INSERT INTO apalis.jobs \
           (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata) \
         SELECT ${id}, ${kind}, ${job}, 'Pending', 0, ${most}, \
           now() + ${seconds} * interval '1 second', 0, '' FROM {from}"
    );
    (sql, values)
}

/// Like [`enqueue`] in its own transaction, unless the queue already has a pending job.
pub async fn enqueue_unless_pending(
    system: &SystemCtx,
    queue: &str,
    body: &[u8],
    delay: Duration,
) -> Result<(), DbErr> {
    // Jobs due in the far future are ignored: they were written before the clock was set back.
    const SQL: &str = "SELECT 1 AS it FROM apalis.jobs
        WHERE job_type = $1 AND status = 'Pending' AND run_at < now() + interval '1 minute' LIMIT 1";
    const LITE: &str = "SELECT 1 AS it FROM Jobs
        WHERE job_type = $1 AND status = 'Pending' AND run_at < unixepoch() + 60 LIMIT 1";
    let tx = system.begin_in(&[]).await?;
    let sql = if tx.is_postgres() { SQL } else { LITE };
    if tx.query_one(sql, [queue.into()]).await?.is_none() {
        enqueue(&tx, queue, body, delay, 3).await?;
    }
    tx.commit().await
}

/// Deletes the deliveries of our queues: finished ones after a minute, finally failed ones after a
/// day. The result of a job is in its own row, which is kept longer.
pub async fn forget(system: &SystemCtx) -> Result<(), DbErr> {
    const SQL: &str = "DELETE FROM apalis.jobs WHERE job_type LIKE 'flowmason.%' AND (
        status = 'Done' AND done_at < now() - interval '1 minute'
        OR (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts)
            AND done_at < now() - interval '1 day')";
    const LITE: &str = "DELETE FROM Jobs WHERE job_type LIKE 'flowmason.%' AND (
        status = 'Done' AND done_at < unixepoch() - 60
        OR (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts)
            AND done_at < unixepoch() - 86400)";
    let tx = system.begin_in(&[]).await?;
    tx.execute(if tx.is_postgres() { SQL } else { LITE }, [])
        .await?;
    tx.commit().await
}

/// Unfinished jobs without a delivery: the queue's tables did not exist when they were requested,
/// or were restored from an older backup.
pub async fn lost(tx: &Tx) -> Result<Vec<Lost>, DbErr> {
    const STANDS: &str = "(a.status IN ('Pending', 'Queued', 'Running')
            OR a.status = 'Failed' AND a.attempts < a.max_attempts)";
    let table = if tx.is_postgres() {
        "apalis.jobs"
    } else {
        "Jobs"
    };
    let sql = format!(
        "/* across organizations: jobs */ SELECT j.id, j.org_id, j.kind, j.delivery
         FROM org_jobs j WHERE j.status IN ('queued', 'running') AND NOT EXISTS (SELECT 1 FROM {table} a WHERE a.id = j.delivery AND {STANDS})
         ORDER BY j.id LIMIT 500"
    );
    let statement = Statement::from_string(tx.conn().get_database_backend(), sql);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Lost::from_query_result(row, ""))
        .collect()
}

/// A job without a delivery.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Lost {
    pub id: Uuid,
    pub org_id: Uuid,
    pub kind: String,
    pub delivery: String,
}
