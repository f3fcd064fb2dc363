//! The group commit on PostgreSQL: a single statement, which is its own transaction.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use engine::run::FORMAT;
use sqlx::Row as _;
use types::RunId;
use uuid::Uuid;

use super::batch::{End, Row, big, orgs, small, without_nul};
use crate::{
    host::{
        HostError,
        pools::{PgPools, micros},
        sql::query,
    },
    tokens,
};

// `held` locks the runs whose lease is ours in the order of their IDs, as renewals do, so that the
// two cannot deadlock. The lock mode is the one that the update needs anyway (a shared lock would
// have to be upgraded). Rows that are not in `held` are fenced and skipped by the later parts. The
// journal's primary key and `last_seq` are two more checks against forks.
const COMMIT: &str = "
WITH batch AS (
    SELECT * FROM UNNEST($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::int[],
        $7::bytea[], $8::text[], $9::int[], $10::int[], $11::timestamptz[], $12::text[],
        $13::text[], $14::text[], $15::text[], $16::bigint[], $17::bigint[], $18::bigint[],
        $19::bigint[], $20::timestamptz[], $21::bigint[], $22::bool[], $24::bool[], $25::bigint[],
        $26::bytea[])
    AS b (id, org_id, epoch, first_seq, count, body, status, stages_done, stages_total,
        finished_at, output, error_code, error_message, error_stage, calls, prompt_tokens,
        completion_tokens, cost_micros, wake_at, free_in, signalled, progressed, wake_in,
        stages)
), held AS (
    SELECT r.id FROM runs r JOIN batch b ON b.id = r.id AND b.org_id = r.org_id
    WHERE r.lease_epoch = b.epoch AND r.lease_owner = $1
        AND (b.count = 0 OR r.last_seq = b.first_seq - 1)
    ORDER BY r.id FOR NO KEY UPDATE OF r
), added AS (
    INSERT INTO journal (run_id, first_seq, count, org_id, epoch, at, format, body, stages)
    SELECT b.id, b.first_seq, b.count, b.org_id, b.epoch, now(), $23, b.body, b.stages
    FROM batch b JOIN held ON held.id = b.id WHERE b.count > 0
    ON CONFLICT DO NOTHING RETURNING run_id
), ours AS (
    SELECT run_id AS id FROM added
    UNION ALL SELECT held.id FROM held JOIN batch b ON b.id = held.id WHERE b.count = 0
), changed AS (
    UPDATE runs r SET
        status = coalesce(b.status, r.status),
        last_seq = CASE WHEN b.count > 0 THEN b.first_seq + b.count - 1 ELSE r.last_seq END,
        stages_done = coalesce(b.stages_done, r.stages_done),
        stages_total = coalesce(b.stages_total, r.stages_total),
        crashes = CASE WHEN b.progressed OR b.stages_done > r.stages_done THEN 0
            ELSE r.crashes END,
        deaths_alone = CASE WHEN b.progressed OR b.stages_done > r.stages_done THEN 0
            ELSE r.deaths_alone END,
        alone_since = CASE WHEN b.progressed OR b.stages_done > r.stages_done THEN NULL
            ELSE r.alone_since END,
        finished_at = b.finished_at, output = b.output, error_code = b.error_code,
        error_message = b.error_message, error_stage = b.error_stage,
        calls = coalesce(b.calls, r.calls),
        prompt_tokens = CASE WHEN b.calls IS NULL THEN r.prompt_tokens ELSE b.prompt_tokens END,
        completion_tokens = CASE WHEN b.calls IS NULL THEN r.completion_tokens
            ELSE b.completion_tokens END,
        cost_micros = CASE WHEN b.calls IS NULL THEN r.cost_micros ELSE b.cost_micros END,
        wake_at = b.wake_at,
        lease_owner = CASE WHEN b.free_in IS NULL THEN r.lease_owner END,
        lease_until = CASE WHEN b.free_in IS NULL THEN r.lease_until
            WHEN b.status IS NULL OR b.status = 'running'
            THEN now() + b.free_in * interval '1 microsecond' END
    FROM batch b, ours WHERE r.id = b.id AND r.org_id = b.org_id AND ours.id = b.id
    RETURNING r.id
), woken AS (
    INSERT INTO timers (run_id, org_id, due, kind, key)
    SELECT b.id, b.org_id, now() + b.wake_in * interval '1 microsecond', 'wake', ''
    FROM batch b JOIN ours ON ours.id = b.id
    WHERE b.wake_at IS NOT NULL
    ON CONFLICT (run_id, kind, key) DO UPDATE SET due = excluded.due
), seen AS (
    UPDATE run_signals s SET seen_at = now() FROM batch b JOIN ours ON ours.id = b.id
    WHERE s.run_id = b.id AND s.org_id = b.org_id AND b.signalled AND s.seen_at IS NULL
), gone AS (
    DELETE FROM timers t USING batch b JOIN ours ON ours.id = b.id
    WHERE t.run_id = b.id AND t.org_id = b.org_id AND b.signalled
)
SELECT id FROM changed";

/// See [`super::commit`].
pub(super) async fn commit(
    pg: &PgPools,
    owner: &str,
    rows: &[Row],
) -> Result<Vec<bool>, HostError> {
    let mut writer = pg.checkout_writer(&orgs(rows)).await?;
    let columns = Columns::of(rows, pg.now());
    let changed = columns
        .bind(query(COMMIT).bind(owner))
        .fetch_all(&mut writer.conn)
        .await?;
    pg.give_back(writer);
    let ids = changed
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<Uuid>, _>>()?;
    let ids: HashSet<Uuid> = ids.into_iter().collect();
    Ok(rows
        .iter()
        .map(|row| ids.contains(&row.lease.run.0))
        .collect())
}

const WRITTEN: &str = "SELECT j.run_id FROM journal j
    JOIN UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[])
        AS b (run_id, first_seq, epoch, org_id)
    ON j.run_id = b.run_id AND j.first_seq = b.first_seq AND j.epoch = b.epoch
        AND j.org_id = b.org_id";

/// The runs whose segments are in the journal; see [`super::happened`].
pub(super) async fn written(pg: &PgPools, rows: &[Row]) -> Result<HashSet<RunId>, HostError> {
    let segments = || rows.iter().filter(|row| row.count > 0);
    let mut tx = pg.begin(&orgs(rows)).await?;
    let found = query(WRITTEN)
        .bind(segments().map(|row| row.lease.run.0).collect::<Vec<_>>())
        .bind(segments().map(|row| big(row.first_seq)).collect::<Vec<_>>())
        .bind(segments().map(|row| row.lease.epoch).collect::<Vec<_>>())
        .bind(segments().map(|row| row.lease.org.0).collect::<Vec<_>>())
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    found.iter().map(|row| Ok(RunId(row.try_get(0)?))).collect()
}

/// The batch, column by column.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<Uuid>,
    org: Vec<Uuid>,
    epoch: Vec<i64>,
    first_seq: Vec<i64>,
    count: Vec<i32>,
    body: Vec<&'a [u8]>,
    status: Vec<Option<&'static str>>,
    stages_done: Vec<Option<i32>>,
    stages_total: Vec<Option<i32>>,
    finished_at: Vec<Option<DateTime<Utc>>>,
    output: Vec<Option<&'a str>>,
    error_code: Vec<Option<&'static str>>,
    error_message: Vec<Option<String>>,
    error_stage: Vec<Option<String>>,
    calls: Vec<Option<i64>>,
    prompt_tokens: Vec<Option<i64>>,
    completion_tokens: Vec<Option<i64>>,
    cost_micros: Vec<Option<i64>>,
    wake_at: Vec<Option<DateTime<Utc>>>,
    /// Microseconds until any worker may claim the run; `None` keeps the lease.
    free_in: Vec<Option<i64>>,
    /// Microseconds until the timer is due.
    wake_in: Vec<Option<i64>>,
    signalled: Vec<bool>,
    progressed: Vec<bool>,
    stages: Vec<Option<Vec<u8>>>,
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl<'a> Columns<'a> {
    fn of(rows: &'a [Row], now: DateTime<Utc>) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.push(row, now);
        }
        columns
    }

    fn push(&mut self, row: &'a Row, now: DateTime<Utc>) {
        let span = |at: DateTime<Utc>| micros((at - now).to_std().unwrap_or_default());
        let progress = row.progress.as_ref();
        let usage = progress.map(|progress| &progress.usage);
        let error = progress.and_then(|progress| progress.error.as_ref());
        let finished = progress.filter(|_| row.end == End::Finished);
        self.id.push(row.lease.run.0);
        self.org.push(row.lease.org.0);
        self.epoch.push(row.lease.epoch);
        self.first_seq.push(big(row.first_seq));
        self.count.push(small(row.count));
        self.body.push(&row.body);
        self.stages.push(row.index());
        self.status.push(row.status());
        self.stages_done
            .push(progress.map(|progress| small(progress.stages_done)));
        self.stages_total
            .push(progress.map(|progress| small(progress.stages_total)));
        self.finished_at.push(finished.map(|progress| progress.at));
        self.output
            .push(finished.and_then(|progress| progress.output.as_deref()));
        self.error_code.push(error.map(|error| error.code.as_str()));
        self.error_message
            .push(error.map(|error| without_nul(&error.message)));
        self.error_stage.push(
            error
                .and_then(|error| error.stage.as_deref())
                .map(without_nul),
        );
        self.calls.push(usage.map(|usage| big(usage.calls)));
        self.prompt_tokens
            .push(usage.and_then(|usage| tokens::stored(usage.prompt_tokens)));
        self.completion_tokens
            .push(usage.and_then(|usage| tokens::stored(usage.completion_tokens)));
        self.cost_micros
            .push(usage.and_then(|usage| usage.cost).map(|cost| cost.0));
        let wake_at = match row.end {
            End::Park(at) => Some(at),
            _ => None,
        };
        self.wake_at.push(wake_at);
        // Sent as a duration and added to the database's time, because the two clocks may differ.
        self.wake_in.push(wake_at.map(span));
        self.free_in.push(match row.end {
            End::None => None,
            End::Finished | End::Park(_) | End::Release(None) => Some(0),
            End::Release(Some(at)) => Some(span(at)),
        });
        // A signal is marked as seen when its run ends: until then a new holder may need it.
        self.signalled
            .push(row.end == End::Finished && row.lease.has_signals());
        self.progressed
            .push(progress.is_some_and(|progress| progress.progressed));
    }

    fn bind<'q>(self, query: Query<'q>) -> Query<'q>
    where
        'a: 'q,
    {
        query
            .bind(self.id)
            .bind(self.org)
            .bind(self.epoch)
            .bind(self.first_seq)
            .bind(self.count)
            .bind(self.body)
            .bind(self.status)
            .bind(self.stages_done)
            .bind(self.stages_total)
            .bind(self.finished_at)
            .bind(self.output)
            .bind(self.error_code)
            .bind(self.error_message)
            .bind(self.error_stage)
            .bind(self.calls)
            .bind(self.prompt_tokens)
            .bind(self.completion_tokens)
            .bind(self.cost_micros)
            .bind(self.wake_at)
            .bind(self.free_in)
            .bind(self.signalled)
            .bind(i16::try_from(FORMAT).unwrap_or(i16::MAX))
            .bind(self.progressed)
            .bind(self.wake_in)
            .bind(self.stages)
    }
}
