//! The claim on SQLite: a look without a lock, then one immediate transaction.
//!
//! One process owns the file, so a lease of any other owner is a dead one's and its run is taken
//! over at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Row as _, SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::{ClaimedRow, SUSPECT};
use crate::host::{HostError, pools::SqliteEnd};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM runs WHERE status = 'queued')
    OR EXISTS (SELECT 1 FROM runs WHERE status = 'running'
        AND (lease_owner <> ?1 OR coalesce(lease_until, '') <= ?2))
    OR EXISTS (SELECT 1 FROM timers JOIN runs ON runs.id = timers.run_id
        WHERE due <= ?2 AND status = 'waiting')";

const BROKEN: &str = "SELECT id, crashes + (lease_owner IS NOT NULL AND lease_owner <> ?1) >= ?3 AS suspect FROM runs
    WHERE status = 'running' AND (lease_owner <> ?1 OR coalesce(lease_until, '') <= ?2)
    ORDER BY id";

const WOKEN: &str = "SELECT DISTINCT runs.id FROM timers JOIN runs ON runs.id = timers.run_id
    WHERE due <= ?1 AND status IN ('waiting', 'queued') ORDER BY runs.id LIMIT ?2";

const ORGS: &str = "WITH RECURSIVE orgs (org_id) AS (
        SELECT min(org_id) FROM runs WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(org_id) FROM runs WHERE status = 'queued' AND org_id > orgs.org_id)
        FROM orgs WHERE org_id IS NOT NULL
    ) SELECT org_id FROM orgs WHERE org_id IS NOT NULL";

const QUEUED: &str =
    "SELECT id FROM runs WHERE status = 'queued' AND org_id = ?1 ORDER BY id LIMIT ?2";

const TAKE: &str = "UPDATE runs SET
        status = 'running', lease_owner = ?2, lease_epoch = lease_epoch + 1, lease_until = ?3,
        started_at = coalesce(started_at, ?4), wake_at = NULL,
        crashes = crashes + (lease_owner IS NOT NULL AND lease_owner <> ?2)
    WHERE id = ?1
    RETURNING id, org_id, version_id, lease_epoch, input, last_seq, stages_done, stages_total,
        calls, prompt_tokens, completion_tokens, cost_micros, crashes,
        EXISTS (SELECT 1 FROM run_signals s WHERE s.run_id = runs.id AND s.seen_at IS NULL)";

pub(super) async fn claim(
    lite: &SqliteEnd,
    owner: &str,
    limit: i64,
    suspect: bool,
    lease: Duration,
    started_at: DateTime<Utc>,
) -> Result<Vec<ClaimedRow>, HostError> {
    if !is_any(&lite.pool, owner).await? {
        return Ok(Vec::new());
    }
    let mut tx = lite.begin().await?;
    let now = Utc::now();
    let picked = pick(&mut tx.tx, owner, limit, suspect, now).await?;
    let mut rows = Vec::with_capacity(picked.len());
    for id in picked {
        let row = sqlx::query_as(TAKE)
            .bind(id)
            .bind(owner)
            .bind(now + lease)
            .bind(started_at)
            .fetch_one(&mut *tx.tx)
            .await?;
        rows.push(row);
        sqlx::query("DELETE FROM timers WHERE run_id = ?1")
            .bind(id)
            .execute(&mut *tx.tx)
            .await?;
    }
    tx.commit().await?;
    Ok(rows)
}

async fn is_any(pool: &SqlitePool, owner: &str) -> Result<bool, HostError> {
    sqlx::query(ANY)
        .bind(owner)
        .bind(Utc::now())
        .fetch_one(pool)
        .await?
        .try_get(0)
}

async fn pick(
    db: &mut SqliteConnection,
    owner: &str,
    limit: i64,
    suspect: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, HostError> {
    let room = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut picked: Vec<Uuid> = Vec::new();
    let mut suspects = usize::from(suspect);
    let mut extra: Vec<Uuid> = Vec::new();
    let broken = sqlx::query(BROKEN)
        .bind(owner)
        .bind(now)
        .bind(SUSPECT)
        .fetch_all(&mut *db)
        .await?;
    for row in broken {
        if !row.try_get::<bool, _>(1)? {
            picked.push(row.try_get(0)?);
        } else if suspects > 0 {
            suspects -= 1;
            extra.push(row.try_get(0)?);
        }
    }
    picked.truncate(room);
    let woken = sqlx::query(WOKEN)
        .bind(now)
        .bind(limit)
        .fetch_all(&mut *db)
        .await?;
    for row in woken {
        if picked.len() < room {
            picked.push(row.try_get(0)?);
        }
    }
    if picked.len() < room {
        for id in fresh(db, room - picked.len()).await? {
            if !picked.contains(&id) {
                picked.push(id);
            }
        }
    }
    picked.extend(extra);
    Ok(picked)
}

/// Queued runs, one of each organization in turn.
async fn fresh(db: &mut SqliteConnection, room: usize) -> Result<Vec<Uuid>, HostError> {
    let orgs = sqlx::query(ORGS).fetch_all(&mut *db).await?;
    let share = room.div_ceil(orgs.len().max(1));
    let mut turns: Vec<(usize, Uuid)> = Vec::new();
    for org in &orgs {
        let rows = sqlx::query(QUEUED)
            .bind(org.try_get::<Uuid, _>(0)?)
            .bind(i64::try_from(share).unwrap_or(i64::MAX))
            .fetch_all(&mut *db)
            .await?;
        for (turn, row) in rows.iter().enumerate() {
            turns.push((turn, row.try_get(0)?));
        }
    }
    turns.sort_unstable();
    Ok(turns.into_iter().take(room).map(|(_, id)| id).collect())
}

const STALE: &str = "DELETE FROM timers WHERE run_id IN
    (SELECT id FROM runs WHERE status IN ('succeeded', 'failed', 'cancelled'))";
const LOST: &str = "UPDATE runs SET status = 'running', lease_until = ?1
    WHERE status = 'waiting' AND NOT EXISTS (SELECT 1 FROM timers WHERE timers.run_id = runs.id)";

pub(super) async fn reconcile(lite: &SqliteEnd) -> Result<(u64, u64), HostError> {
    let mut tx = lite.begin().await?;
    let stale = sqlx::query(STALE)
        .execute(&mut *tx.tx)
        .await?
        .rows_affected();
    let lost = sqlx::query(LOST)
        .bind(Utc::now())
        .execute(&mut *tx.tx)
        .await?
        .rows_affected();
    tx.commit().await?;
    Ok((stale, lost))
}
