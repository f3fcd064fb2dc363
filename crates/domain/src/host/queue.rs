//! The wake-up job: a row in the job queue's own table, written in the transaction of a start.
//!
//! A start wakes the dispatchers at once by a live message; this row is the net below it. It is
//! due a little later and stands for every start of the time in between, so there is one per
//! queue and second, not one per run. The queue's tables belong to apalis and are made in `jobs`,
//! which also tests this SQL against it; where they do not exist (a program without workers)
//! there is nothing to do.

#![allow(
    clippy::disallowed_methods,
    reason = "the queue's own times and names, in the form of apalis"
)]

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use chrono::Utc;
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use types::id::base32;
use uuid::Uuid;

use crate::{SystemCtx, db::Tx};

/// The queue of wake-up jobs.
pub const WAKE: &str = "flowmason.wake";

/// How late a wake-up job is due.
pub const WAKE_DELAY: Duration = Duration::from_secs(2);

/// For how long a written job stands for further starts; what is left until it is due is the
/// time that their transactions have to commit.
const STANDS_FOR: Duration = Duration::from_millis(500);

// hstore's empty value is ''.
const ENQUEUE: &str = "INSERT INTO apalis.jobs
    (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
    VALUES ($1, $2, $3, 'Pending', 0, $4, now() + $5 * interval '1 second', 0, '')";
const ENQUEUE_LITE: &str = "INSERT INTO Jobs
    (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
    VALUES ($1, $2, $3, 'Pending', 0, $4, $5, 0, '{}')";
const EXISTS: &str = "SELECT CASE WHEN to_regclass('apalis.jobs') IS NULL THEN 0 ELSE 1 END AS it";
const EXISTS_LITE: &str =
    "SELECT count(*) AS it FROM sqlite_master WHERE type = 'table' AND name = 'Jobs'";

/// What this process knows about the wake-up job. One per application.
#[derive(Debug, Default)]
pub struct WakeJobs {
    /// 0: not asked yet, 1: no tables, 2: tables.
    tables: AtomicU8,
    last: Mutex<Option<Instant>>,
}

impl WakeJobs {
    /// Whether a start needs to write nothing: a written job stands for it, or there is no queue.
    pub fn stands(&self) -> bool {
        self.tables.load(Ordering::Relaxed) != 0
            && self
                .last
                .lock()
                .is_some_and(|last| last.elapsed() < STANDS_FOR)
    }

    /// Makes sure that a wake-up job stands for what this transaction does.
    pub async fn ensure(&self, tx: &Tx) -> Result<(), DbErr> {
        if !self.has_tables(tx).await? {
            return Ok(());
        }
        {
            let mut last = self.last.lock();
            if last.is_some_and(|last| last.elapsed() < STANDS_FOR) {
                return Ok(());
            }
            *last = Some(Instant::now());
        }
        let written = enqueue(tx, WAKE, b"null", WAKE_DELAY, 3).await;
        if written.is_err() {
            *self.last.lock() = None;
        }
        written
    }

    async fn has_tables(&self, tx: &Tx) -> Result<bool, DbErr> {
        match self.tables.load(Ordering::Relaxed) {
            2 => return Ok(true),
            // Asked again now and then, since the tables may be made after the first start.
            1 if self
                .last
                .lock()
                .is_some_and(|last| last.elapsed() < STANDS_FOR) =>
            {
                return Ok(false);
            }
            _ => {}
        }
        let sql = if tx.is_postgres() {
            EXISTS
        } else {
            EXISTS_LITE
        };
        let statement = Statement::from_string(tx.conn().get_database_backend(), sql);
        let row = tx.conn().query_one_raw(statement).await?;
        let found = match row {
            Some(row) if tx.is_postgres() => row.try_get::<i32>("", "it")? > 0,
            Some(row) => row.try_get::<i64>("", "it")? > 0,
            None => false,
        };
        self.tables
            .store(if found { 2 } else { 1 }, Ordering::Relaxed);
        if !found {
            *self.last.lock() = Some(Instant::now());
        }
        Ok(found)
    }
}

/// Writes a job for apalis in the caller's transaction: `body` is the payload's JSON.
pub async fn enqueue(
    tx: &Tx,
    queue: &str,
    body: &[u8],
    delay: Duration,
    max_attempts: i32,
) -> Result<(), DbErr> {
    let id = ulid();
    let delay = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
    if tx.is_postgres() {
        // A number with a fraction is what interval arithmetic takes.
        #[allow(clippy::cast_precision_loss)]
        let seconds = delay as f64;
        let values = [
            id.into(),
            queue.into(),
            body.into(),
            max_attempts.into(),
            seconds.into(),
        ];
        tx.execute(ENQUEUE, values).await?;
    } else {
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

/// As [`enqueue`] in a transaction of its own, unless the queue has a job that is not taken yet.
pub async fn enqueue_unless_pending(
    system: &SystemCtx,
    queue: &str,
    body: &[u8],
    delay: Duration,
) -> Result<(), DbErr> {
    // One that is due in the far future was written before the system's time was set back.
    const SQL: &str = "SELECT 1 AS it FROM apalis.jobs
        WHERE job_type = $1 AND status = 'Pending' AND run_at < now() + interval '1 minute' LIMIT 1";
    const LITE: &str = "SELECT 1 AS it FROM Jobs
        WHERE job_type = $1 AND status = 'Pending' AND run_at < unixepoch() + 60 LIMIT 1";
    let tx = system.begin_in(&[]).await?;
    let sql = if tx.is_postgres() { SQL } else { LITE };
    let backend = tx.conn().get_database_backend();
    let pending = Statement::from_sql_and_values(backend, sql, [queue.into()]);
    if tx.conn().query_one_raw(pending).await?.is_none() {
        enqueue(&tx, queue, body, delay, 3).await?;
    }
    tx.commit().await
}

/// Removes our queues' jobs that were done a while ago, and workers that are long gone.
pub async fn forget_done(system: &SystemCtx) -> Result<(), DbErr> {
    const SQL: &str = "DELETE FROM apalis.jobs WHERE job_type LIKE 'flowmason.%'
        AND status IN ('Done', 'Killed') AND done_at < now() - interval '1 minute'";
    const LITE: &str = "DELETE FROM Jobs WHERE job_type LIKE 'flowmason.%'
        AND status IN ('Done', 'Killed') AND done_at < unixepoch() - 60";
    let tx = system.begin_in(&[]).await?;
    tx.execute(if tx.is_postgres() { SQL } else { LITE }, [])
        .await?;
    tx.commit().await
}

/// apalis names jobs by ULIDs: the 128 bits of a UUIDv7 in upper-case base32.
fn ulid() -> String {
    base32(Uuid::now_v7()).to_uppercase()
}
