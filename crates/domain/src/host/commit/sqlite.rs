//! The group commit on SQLite: one immediate transaction, two statements per run.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use engine::run::FORMAT;
use sqlx::{Sqlite, SqliteConnection, sqlite::SqliteArguments};
use types::RunId;

use super::batch::{End, Row, big, small, without_nul};
use crate::{
    host::{
        HostError,
        pools::{SqliteEnd, SqliteTx},
        sql::query,
    },
    tokens,
};

// The condition is the fence: the owner, the epoch and the last event number must be ours.
const CHANGE: &str = "
UPDATE runs SET
    status = coalesce(?4, status),
    last_seq = CASE WHEN ?6 > 0 THEN ?5 + ?6 - 1 ELSE last_seq END,
    crashes = CASE WHEN ?20 OR ?7 > stages_done THEN 0 ELSE crashes END,
    deaths_alone = CASE WHEN ?20 OR ?7 > stages_done THEN 0 ELSE deaths_alone END,
    alone_since = CASE WHEN ?20 OR ?7 > stages_done THEN NULL ELSE alone_since END,
    stages_done = coalesce(?7, stages_done),
    stages_total = coalesce(?8, stages_total),
    finished_at = ?9, output = ?10, error_code = ?11, error_message = ?12, error_stage = ?13,
    cost_micros = CASE WHEN ?14 IS NULL THEN cost_micros ELSE ?17 END,
    calls = coalesce(?14, calls),
    prompt_tokens = CASE WHEN ?14 IS NULL THEN prompt_tokens ELSE ?15 END,
    completion_tokens = CASE WHEN ?14 IS NULL THEN completion_tokens ELSE ?16 END,
    wake_at = ?18,
    lease_owner = CASE WHEN ?19 IS NULL THEN lease_owner END,
    lease_until = CASE WHEN ?19 IS NULL THEN lease_until
        WHEN coalesce(?4, 'running') = 'running' THEN ?19 END
WHERE id = ?1 AND org_id = ?21 AND lease_epoch = ?2 AND lease_owner = ?3
    AND (?6 = 0 OR last_seq = ?5 - 1)";

const ADD: &str = "
INSERT INTO journal (run_id, first_seq, count, org_id, epoch, at, format, body, stages)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const TIMER: &str = "
INSERT INTO timers (run_id, org_id, due, kind, key) VALUES (?1, ?2, ?3, 'wake', '')
ON CONFLICT (run_id, kind, key) DO UPDATE SET due = excluded.due";

// The unary plus keeps SQLite from using an index on `org_id`: the index on the run is selective.
const SEEN: &str = "UPDATE run_signals SET seen_at = ?2
    WHERE run_id = ?1 AND +org_id = ?3 AND seen_at IS NULL";

const GONE: &str = "DELETE FROM timers WHERE run_id = ?1 AND +org_id = ?2";

/// See [`super::commit`].
pub(super) async fn commit(
    lite: &SqliteEnd,
    owner: &str,
    rows: &[Row],
) -> Result<Vec<bool>, HostError> {
    let mut tx: SqliteTx = lite.begin().await?;
    let now = lite.clock.now();
    let mut ours = Vec::with_capacity(rows.len());
    for row in rows {
        let changed = change(owner, row, now)
            .execute(&mut *tx.tx)
            .await?
            .rows_affected()
            == 1;
        if changed {
            add(&mut tx.tx, row, now).await?;
        }
        ours.push(changed);
    }
    tx.commit().await?;
    Ok(ours)
}

fn change<'q>(
    owner: &'q str,
    row: &'q Row,
    now: DateTime<Utc>,
) -> sqlx::query::Query<'q, Sqlite, SqliteArguments> {
    let progress = row.progress.as_ref();
    let usage = progress.map(|progress| &progress.usage);
    let error = progress.and_then(|progress| progress.error.as_ref());
    let finished = progress.filter(|_| row.end == End::Finished);
    query(CHANGE)
        .bind(row.lease.run.0)
        .bind(row.lease.epoch)
        .bind(owner)
        .bind(row.status())
        .bind(big(row.first_seq))
        .bind(small(row.count))
        .bind(progress.map(|progress| small(progress.stages_done)))
        .bind(progress.map(|progress| small(progress.stages_total)))
        .bind(finished.map(|progress| progress.at))
        .bind(finished.and_then(|progress| progress.output.as_deref()))
        .bind(error.map(|error| error.code.as_str()))
        .bind(error.map(|error| without_nul(&error.message)))
        .bind(
            error
                .and_then(|error| error.stage.as_deref())
                .map(without_nul),
        )
        .bind(usage.map(|usage| big(usage.calls)))
        .bind(usage.and_then(|usage| tokens::stored(usage.prompt_tokens)))
        .bind(usage.and_then(|usage| tokens::stored(usage.completion_tokens)))
        .bind(usage.and_then(|usage| usage.cost).map(|cost| cost.0))
        .bind(if let End::Park(at) = row.end {
            Some(at)
        } else {
            None
        })
        .bind(match row.end {
            End::None => None,
            End::Finished | End::Park(_) | End::Release(None) => Some(now),
            End::Release(Some(at)) => Some(at),
        })
        .bind(progress.is_some_and(|progress| progress.progressed))
        .bind(row.lease.org.0)
}

async fn add(tx: &mut SqliteConnection, row: &Row, now: DateTime<Utc>) -> Result<(), HostError> {
    let lease = &row.lease;
    if row.count > 0 {
        query(ADD)
            .bind(lease.run.0)
            .bind(big(row.first_seq))
            .bind(small(row.count))
            .bind(lease.org.0)
            .bind(lease.epoch)
            .bind(now)
            .bind(i16::try_from(FORMAT).unwrap_or(i16::MAX))
            .bind(&row.body[..])
            .bind(row.index())
            .execute(&mut *tx)
            .await?;
    }
    if let End::Park(at) = row.end {
        query(TIMER)
            .bind(lease.run.0)
            .bind(lease.org.0)
            .bind(at)
            .execute(&mut *tx)
            .await?;
    }
    // A signal is marked as seen when its run ends: until then a new holder may need it.
    if row.end == End::Finished && lease.has_signals() {
        query(GONE)
            .bind(lease.run.0)
            .bind(lease.org.0)
            .execute(&mut *tx)
            .await?;
        query(SEEN)
            .bind(lease.run.0)
            .bind(now)
            .bind(lease.org.0)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The runs whose segments are in the journal; see [`super::happened`].
pub(super) async fn written(lite: &SqliteEnd, rows: &[Row]) -> Result<HashSet<RunId>, HostError> {
    const WRITTEN: &str =
        "SELECT 1 FROM journal WHERE run_id = ?1 AND first_seq = ?2 AND epoch = ?3 AND org_id = ?4";
    let mut written = HashSet::new();
    for row in rows.iter().filter(|row| row.count > 0) {
        let found = query(WRITTEN)
            .bind(row.lease.run.0)
            .bind(big(row.first_seq))
            .bind(row.lease.epoch)
            .bind(row.lease.org.0)
            .fetch_optional(&lite.pool)
            .await?;
        if found.is_some() {
            written.insert(row.lease.run);
        }
    }
    Ok(written)
}
