//! The claim on PostgreSQL: one statement, which skips rows that another process is claiming.

use uuid::Uuid;

use super::{CONTROL, Claim, ClaimedRow, SUSPECT};
use crate::host::{
    HostError,
    lease::Lease,
    pools::{PgPools, micros},
    sql::{query, query_as},
};

// `queueing` and `waking` skip through their indexes from organization to organization, so the cost
// does not depend on the length of a queue. Each organization yields as many runs as its `OrgShare`
// allows. `turn` is a run's rank among its organization's runs in this process; the lowest are
// claimed. The extra slots ($14) are only for the first run of an organization.
const CLAIM: &str = "
/* across organizations: claim */
WITH RECURSIVE held (org_id, runs, room) AS (
    SELECT * FROM unnest($10::uuid[], $11::bigint[], $12::bigint[])
), queueing (org_id) AS (
    (SELECT org_id FROM runs WHERE status = 'queued' ORDER BY org_id LIMIT 1)
    UNION ALL
    SELECT (SELECT r.org_id FROM runs r WHERE r.status = 'queued' AND r.org_id > o.org_id
        ORDER BY r.org_id LIMIT 1)
    FROM queueing o WHERE o.org_id IS NOT NULL
), waking (org_id) AS (
    (SELECT org_id FROM timers ORDER BY org_id LIMIT 1)
    UNION ALL
    SELECT (SELECT t.org_id FROM timers t WHERE t.org_id > o.org_id ORDER BY t.org_id LIMIT 1)
    FROM waking o WHERE o.org_id IS NOT NULL
), share AS (
    SELECT greatest(1, ($2 + $14 + count(org_id) - 1) / greatest(1, count(org_id))) AS size
    FROM queueing
), broken AS (
    SELECT id, org_id FROM runs
    WHERE status = 'running' AND coalesce(lease_until, '-infinity') <= now()
        AND crashes + ((lease_owner <> $1) IS TRUE)::int < $5
        AND org_id NOT IN (SELECT org_id FROM held WHERE room <= 0)
    ORDER BY id LIMIT $2 + $14 FOR UPDATE SKIP LOCKED
), suspect AS (
    SELECT id FROM runs
    WHERE status = 'running' AND coalesce(lease_until, '-infinity') <= now()
        AND crashes + ((lease_owner <> $1) IS TRUE)::int >= $5
        AND (alone_since IS NULL OR (lease_owner <> $1) IS NOT TRUE
            OR least(now() - lease_until, $7 * interval '1 microsecond')
                >= greatest($8 * interval '1 microsecond', $9 * (lease_until - alone_since)))
    ORDER BY crashes, id LIMIT $4 FOR UPDATE SKIP LOCKED
), woken AS (
    SELECT x.id, x.org_id FROM waking o LEFT JOIN held h USING (org_id) CROSS JOIN LATERAL (
        SELECT r.id, r.org_id FROM timers t JOIN runs r ON r.id = t.run_id
        WHERE t.org_id = o.org_id AND t.due <= now()
            AND (r.status = 'waiting' OR r.status = 'queued')
        ORDER BY t.due LIMIT least($2 + $14, coalesce(h.room, $13)) FOR UPDATE OF r SKIP LOCKED
    ) x
), fresh AS (
    SELECT x.id, x.org_id FROM queueing o LEFT JOIN held h USING (org_id) CROSS JOIN LATERAL (
        SELECT r.id, r.org_id FROM runs r WHERE r.status = 'queued' AND r.org_id = o.org_id
        ORDER BY r.id
        LIMIT least((SELECT size FROM share), coalesce(h.room, $13)) FOR UPDATE SKIP LOCKED
    ) x
), nth AS (
    SELECT id, org_id, row_number() OVER (PARTITION BY org_id ORDER BY begun DESC, id) AS n FROM (
        SELECT id, org_id, max(begun) AS begun FROM (
            SELECT id, org_id, 1 AS begun FROM broken
            UNION ALL SELECT id, org_id, 1 FROM woken
            UNION ALL SELECT id, org_id, 0 FROM fresh
        ) every GROUP BY id, org_id
    ) once
), ranked AS (
    SELECT nth.id, coalesce(h.runs, 0) + n AS turn,
        row_number() OVER (ORDER BY coalesce(h.runs, 0) + n, nth.id) AS rank
    FROM nth LEFT JOIN held h USING (org_id) WHERE n <= coalesce(h.room, $13)
), pick AS (
    SELECT id FROM ranked WHERE rank <= $2 OR (turn = 1 AND rank <= $2 + $14)
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
        WHERE s.run_id = runs.id AND s.seen_at IS NULL))::int, runs.deaths_alone,
    (SELECT size FROM share)";

pub(super) async fn claim(pg: &PgPools, claim: &Claim<'_>) -> Result<Vec<ClaimedRow>, HostError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / 4);
    let room = claim.room;
    let orgs: Vec<Uuid> = room.orgs.iter().map(|(org, _)| org.0).collect();
    let (held, left): (Vec<i64>, Vec<i64>) = room
        .orgs
        .iter()
        .map(|(_, place)| (number(place.held), number(place.room)))
        .unzip();
    let mut conn = pg.checkout_claims().await?;
    let rows = query_as(CLAIM)
        .bind(claim.owner)
        .bind(number(room.free))
        .bind(micros(claim.lease))
        .bind(i64::from(claim.suspect))
        .bind(SUSPECT)
        .bind(claim.now)
        .bind(micros(claim.lived))
        .bind(micros(claim.control))
        .bind(f64::from(CONTROL))
        .bind(orgs)
        .bind(held)
        .bind(left)
        .bind(number(room.usual))
        .bind(number(room.extra))
        .fetch_all(&mut conn)
        .await?;
    pg.give_back_claims(conn);
    Ok(rows)
}

const SET_ALONE: &str = "UPDATE runs SET alone_since = CASE WHEN $4 THEN now() END
    WHERE id = $1 AND org_id = $5 AND lease_epoch = $2 AND lease_owner = $3";

pub(super) async fn set_alone(
    pg: &PgPools,
    owner: &str,
    lease: &Lease,
    alone: bool,
) -> Result<bool, HostError> {
    let done = query(SET_ALONE)
        .bind(lease.run.0)
        .bind(lease.epoch)
        .bind(owner)
        .bind(alone)
        .bind(lease.org.0)
        .execute(&pg.system())
        .await?;
    Ok(done.rows_affected() == 1)
}

const STALE: &str = "/* across organizations: reconcile */ DELETE FROM timers USING runs
    WHERE timers.run_id = runs.id AND timers.due < now() - interval '10 seconds'
        AND runs.status IN ('succeeded', 'failed', 'cancelled')";
// A waiting run without a timer becomes claimable as a running one whose lease has ended.
const LOST: &str =
    "/* across organizations: reconcile */ UPDATE runs SET status = 'running', lease_until = now()
    WHERE status = 'waiting' AND NOT EXISTS (SELECT FROM timers WHERE timers.run_id = runs.id)";

pub(super) async fn reconcile(pg: &PgPools) -> Result<(u64, u64), HostError> {
    let stale = query(STALE).execute(&pg.system()).await?.rows_affected();
    let lost = query(LOST).execute(&pg.system()).await?.rows_affected();
    Ok((stale, lost))
}
