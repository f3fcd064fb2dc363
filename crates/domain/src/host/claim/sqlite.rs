//! The claim on SQLite: a check without a lock, then one immediate transaction.
//!
//! One process owns the file, so any other lease owner is a dead process, and its runs are taken
//! over at once.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

use chrono::{DateTime, Utc};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use types::{OrgId, RunId};
use uuid::Uuid;

use super::{CONTROL, Claim, ClaimedRow, SUSPECT};
use crate::host::{
    HostError,
    lease::{Lease, Leases},
    pools::SqliteEnd,
    sql::{query, query_as},
};

const ANY: &str =
    "/* across organizations: claim */ SELECT EXISTS (SELECT 1 FROM runs WHERE status = 'queued')
    OR EXISTS (SELECT 1 FROM runs WHERE status = 'running'
        AND (lease_owner <> ?1 OR coalesce(lease_until, '') <= ?2))
    OR EXISTS (SELECT 1 FROM timers JOIN runs ON runs.id = timers.run_id
        WHERE due <= ?2 AND status = 'waiting')";

const BROKEN: &str = "/* across organizations: claim */ SELECT id, org_id,
        crashes + (lease_owner IS NOT NULL AND lease_owner <> ?1) >= ?3 AS suspect,
        lease_owner IS NOT NULL AND lease_owner <> ?1 AS died, alone_since, lease_until
    FROM runs
    WHERE status = 'running' AND (lease_owner <> ?1 OR coalesce(lease_until, '') <= ?2)
    ORDER BY crashes, id";

const WAKING: &str = "/* across organizations: claim */ WITH RECURSIVE orgs (org_id) AS (
        SELECT min(org_id) FROM timers
        UNION ALL
        SELECT (SELECT min(org_id) FROM timers WHERE org_id > orgs.org_id)
        FROM orgs WHERE org_id IS NOT NULL
    ) SELECT org_id FROM orgs WHERE org_id IS NOT NULL";

const WOKEN: &str = "SELECT runs.id FROM timers JOIN runs
        ON runs.id = timers.run_id AND runs.org_id = timers.org_id
    WHERE timers.org_id = ?1 AND due <= ?2 AND status IN ('waiting', 'queued')
    ORDER BY due LIMIT ?3";

const QUEUEING: &str = "/* across organizations: claim */ WITH RECURSIVE orgs (org_id) AS (
        SELECT min(org_id) FROM runs WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(org_id) FROM runs WHERE status = 'queued' AND org_id > orgs.org_id)
        FROM orgs WHERE org_id IS NOT NULL
    ) SELECT org_id FROM orgs WHERE org_id IS NOT NULL";

const QUEUED: &str =
    "SELECT id FROM runs WHERE status = 'queued' AND org_id = ?1 ORDER BY id LIMIT ?2";

const TAKE: &str = "/* across organizations: claim */ UPDATE runs SET
        status = 'running', lease_owner = ?2, lease_epoch = lease_epoch + 1, lease_until = ?3,
        started_at = coalesce(started_at, ?4), wake_at = NULL,
        crashes = crashes + (lease_owner IS NOT NULL AND lease_owner <> ?2),
        deaths_alone = deaths_alone
            + (alone_since IS NOT NULL AND lease_owner IS NOT NULL AND lease_owner <> ?2),
        alone_since = NULL
    WHERE id = ?1
    RETURNING id, org_id, version_id, lease_epoch, input, last_seq, stages_done, stages_total,
        calls, prompt_tokens, completion_tokens, cost_micros, crashes,
        EXISTS (SELECT 1 FROM run_signals s WHERE s.run_id = runs.id AND s.seen_at IS NULL),
        deaths_alone, ?5";

const SPENT: &str = "/* across organizations: claim */ DELETE FROM timers WHERE run_id = ?1";

pub(super) async fn claim(
    lite: &SqliteEnd,
    claim: &Claim<'_>,
    held: &Leases,
) -> Result<Vec<ClaimedRow>, HostError> {
    if !is_any(lite, claim.owner).await? {
        return Ok(Vec::new());
    }
    let mut tx = lite.begin().await?;
    let now = lite.clock.now();
    let (picked, share) = pick(&mut tx.tx, claim, held, now).await?;
    let mut rows = Vec::with_capacity(picked.len());
    for id in picked {
        let row = query_as(TAKE)
            .bind(id)
            .bind(claim.owner)
            .bind(now + claim.lease)
            .bind(claim.now)
            .bind(share)
            .fetch_one(&mut *tx.tx)
            .await?;
        rows.push(row);
        query(SPENT).bind(id).execute(&mut *tx.tx).await?;
    }
    tx.commit().await?;
    Ok(rows)
}

async fn is_any(lite: &SqliteEnd, owner: &str) -> Result<bool, HostError> {
    query(ANY)
        .bind(owner)
        .bind(lite.clock.now())
        .fetch_one(&lite.pool)
        .await?
        .try_get(0)
}

/// Chooses the runs. Returns them with the number of queued runs that each organization could yield.
async fn pick(
    db: &mut SqliteConnection,
    claim: &Claim<'_>,
    held: &Leases,
    now: DateTime<Utc>,
) -> Result<(Vec<Uuid>, i64), HostError> {
    let room = claim.room;
    let most = i64::try_from(room.all()).unwrap_or(i64::MAX);
    let mut candidates: Vec<(OrgId, Uuid)> = Vec::new();
    let mut suspects = usize::from(claim.suspect);
    let mut extra: Vec<Uuid> = Vec::new();
    let broken = query(BROKEN)
        .bind(claim.owner)
        .bind(now)
        .bind(SUSPECT)
        .fetch_all(&mut *db)
        .await?;
    for row in broken {
        let id = row.try_get(0)?;
        // A lease of this process whose row could not be renewed in time: it is still held.
        if held.get(RunId(id)).is_some() {
            continue;
        }
        if !row.try_get::<bool, _>(2)? {
            candidates.push((OrgId(row.try_get(1)?), id));
        } else if suspects > 0 && may_be_claimed(&row, claim)? {
            suspects -= 1;
            extra.push(id);
        }
    }
    for row in query(WAKING).fetch_all(&mut *db).await? {
        let org: Uuid = row.try_get(0)?;
        let woken = query(WOKEN).bind(org).bind(now).bind(most);
        for row in woken.fetch_all(&mut *db).await? {
            candidates.push((OrgId(org), row.try_get(0)?));
        }
    }
    let queueing = query(QUEUEING).fetch_all(&mut *db).await?;
    let share = room.all().div_ceil(queueing.len().max(1)).max(1);
    let share = i64::try_from(share).unwrap_or(i64::MAX);
    for row in queueing {
        let org: Uuid = row.try_get(0)?;
        let queued = query(QUEUED).bind(org).bind(share);
        for row in queued.fetch_all(&mut *db).await? {
            candidates.push((OrgId(org), row.try_get(0)?));
        }
    }
    let mut picked = room.choose(candidates);
    picked.extend(extra);
    Ok((picked, share))
}

/// Whether this process may claim a run whose worker died: if the run was alone, the process must
/// have lived long enough without it. The process started after that death, because only one
/// process owns the file.
fn may_be_claimed(row: &SqliteRow, claim: &Claim<'_>) -> Result<bool, HostError> {
    let since: Option<DateTime<Utc>> = row.try_get(4)?;
    let (true, Some(since)) = (row.try_get::<bool, _>(3)?, since) else {
        return Ok(true);
    };
    let until: DateTime<Utc> = row.try_get(5)?;
    let alone = (until - since).to_std().unwrap_or_default();
    Ok(claim.lived >= claim.control.max(alone * CONTROL))
}

const SET_ALONE: &str = "UPDATE runs SET alone_since = ?4
    WHERE id = ?1 AND org_id = ?5 AND lease_epoch = ?2 AND lease_owner = ?3";

pub(super) async fn set_alone(
    lite: &SqliteEnd,
    owner: &str,
    lease: &Lease,
    alone: bool,
) -> Result<bool, HostError> {
    let mut tx = lite.begin().await?;
    let done = query(SET_ALONE)
        .bind(lease.run.0)
        .bind(lease.epoch)
        .bind(owner)
        .bind(alone.then(|| lite.clock.now()))
        .bind(lease.org.0)
        .execute(&mut *tx.tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

const STALE: &str = "/* across organizations: reconcile */ DELETE FROM timers WHERE run_id IN
    (SELECT id FROM runs WHERE status IN ('succeeded', 'failed', 'cancelled'))";
const LOST: &str =
    "/* across organizations: reconcile */ UPDATE runs SET status = 'running', lease_until = ?1
    WHERE status = 'waiting' AND NOT EXISTS (SELECT 1 FROM timers WHERE timers.run_id = runs.id)";

pub(super) async fn reconcile(lite: &SqliteEnd) -> Result<(u64, u64), HostError> {
    let mut tx = lite.begin().await?;
    let stale = query(STALE).execute(&mut *tx.tx).await?.rows_affected();
    let lost = query(LOST)
        .bind(lite.clock.now())
        .execute(&mut *tx.tx)
        .await?
        .rows_affected();
    tx.commit().await?;
    Ok((stale, lost))
}
