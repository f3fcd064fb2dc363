//! The claim on PostgreSQL: one statement, skipping what another process is just taking.

use super::{CONTROL, Claim, ClaimedRow, SUSPECT};
use crate::host::{
    HostError,
    lease::Lease,
    pools::{PgEnd, micros},
};

// `orgs` walks the index from organization to organization, so a long queue of one costs nothing.
// Each gets its share of the limit; what that leaves free, the next claim takes at once.
const CLAIM: &str = "
WITH RECURSIVE orgs (org_id) AS (
    (SELECT org_id FROM runs WHERE status = 'queued' ORDER BY org_id LIMIT 1)
    UNION ALL
    SELECT (SELECT r.org_id FROM runs r WHERE r.status = 'queued' AND r.org_id > o.org_id
        ORDER BY r.org_id LIMIT 1)
    FROM orgs o WHERE o.org_id IS NOT NULL
), share AS (
    SELECT greatest(1, ($2 + count(org_id) - 1) / greatest(1, count(org_id))) AS size FROM orgs
), broken AS (
    SELECT id FROM runs
    WHERE status = 'running' AND coalesce(lease_until, '-infinity') <= now()
        AND crashes + ((lease_owner <> $1) IS TRUE)::int < $5
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
), suspect AS (
    SELECT id FROM runs
    WHERE status = 'running' AND coalesce(lease_until, '-infinity') <= now()
        AND crashes + ((lease_owner <> $1) IS TRUE)::int >= $5
        AND (alone_since IS NULL OR (lease_owner <> $1) IS NOT TRUE
            OR least(now() - lease_until, $7 * interval '1 microsecond')
                >= greatest($8 * interval '1 microsecond', $9 * (lease_until - alone_since)))
    ORDER BY crashes, id LIMIT $4 FOR UPDATE SKIP LOCKED
), woken AS (
    SELECT r.id FROM runs r
    WHERE r.id IN (SELECT run_id FROM timers WHERE due <= now())
        AND (r.status = 'waiting' OR r.status = 'queued')
    ORDER BY r.id LIMIT $2 FOR UPDATE SKIP LOCKED
), fresh AS (
    SELECT x.id, row_number() OVER (PARTITION BY x.org_id ORDER BY x.id) AS turn
    FROM orgs o CROSS JOIN LATERAL (
        SELECT r.id, r.org_id FROM runs r WHERE r.status = 'queued' AND r.org_id = o.org_id
        ORDER BY r.id LIMIT (SELECT size FROM share) FOR UPDATE SKIP LOCKED
    ) x
), pick AS (
    SELECT id FROM (
        SELECT id, min(turn) AS turn FROM (
            SELECT id, 0 AS turn FROM broken
            UNION ALL SELECT id, 0 FROM woken
            UNION ALL SELECT id, turn FROM fresh
        ) every GROUP BY id ORDER BY 2, 1 LIMIT $2
    ) normal
    UNION ALL SELECT id FROM suspect
), spent AS (
    DELETE FROM timers USING pick WHERE timers.run_id = pick.id
)
UPDATE runs SET
    status = 'running', lease_owner = $1, lease_epoch = runs.lease_epoch + 1,
    lease_until = now() + $3 * interval '1 microsecond',
    started_at = coalesce(runs.started_at, $6), wake_at = NULL,
    crashes = runs.crashes + ((runs.lease_owner <> $1) IS TRUE)::int,
    deaths_alone = runs.deaths_alone
        + ((runs.lease_owner <> $1) IS TRUE AND runs.alone_since IS NOT NULL)::int,
    alone_since = NULL
FROM pick WHERE runs.id = pick.id
RETURNING runs.id, runs.org_id, runs.version_id, runs.lease_epoch, runs.input, runs.last_seq,
    runs.stages_done, runs.stages_total, runs.calls, runs.prompt_tokens, runs.completion_tokens,
    runs.cost_micros, runs.crashes, (EXISTS (SELECT FROM run_signals s
        WHERE s.run_id = runs.id AND s.seen_at IS NULL))::int, runs.deaths_alone";

pub(super) async fn claim(pg: &PgEnd, claim: &Claim<'_>) -> Result<Vec<ClaimedRow>, HostError> {
    sqlx::query_as(CLAIM)
        .bind(claim.owner)
        .bind(claim.limit)
        .bind(micros(claim.lease))
        .bind(i64::from(claim.suspect))
        .bind(SUSPECT)
        .bind(claim.now)
        .bind(micros(claim.lived))
        .bind(micros(claim.control))
        .bind(f64::from(CONTROL))
        .fetch_all(&pg.system())
        .await
}

const SET_ALONE: &str = "UPDATE runs SET alone_since = CASE WHEN $4 THEN now() END
    WHERE id = $1 AND lease_epoch = $2 AND lease_owner = $3";

pub(super) async fn set_alone(
    pg: &PgEnd,
    owner: &str,
    lease: &Lease,
    alone: bool,
) -> Result<bool, HostError> {
    let done = sqlx::query(SET_ALONE)
        .bind(lease.run.0)
        .bind(lease.epoch)
        .bind(owner)
        .bind(alone)
        .execute(&pg.system())
        .await?;
    Ok(done.rows_affected() == 1)
}

const STALE: &str = "DELETE FROM timers USING runs
    WHERE timers.run_id = runs.id AND timers.due < now() - interval '10 seconds'
        AND runs.status IN ('succeeded', 'failed', 'cancelled')";
// A run without a timer is taken by way of an ended lease.
const LOST: &str = "UPDATE runs SET status = 'running', lease_until = now()
    WHERE status = 'waiting' AND NOT EXISTS (SELECT FROM timers WHERE timers.run_id = runs.id)";

pub(super) async fn reconcile(pg: &PgEnd) -> Result<(u64, u64), HostError> {
    let stale = sqlx::query(STALE)
        .execute(&pg.system())
        .await?
        .rows_affected();
    let lost = sqlx::query(LOST)
        .execute(&pg.system())
        .await?
        .rows_affected();
    Ok((stale, lost))
}
