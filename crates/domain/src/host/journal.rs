//! The journal of one run: appending through the process's writer, and reading it back.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::{
    component::BoxFuture,
    run::{DecodeError, Event, FORMAT, Journal, JournalError, Segment, Subjects, decode},
};
use sqlx::Row as _;

use super::{
    Claimed, Host, HostError,
    commit::{End, Row},
    lease::Lease,
    pools::Pools,
    sql::query,
};

/// Takes the events of one run while its lease lasts.
pub struct RunJournal {
    host: Host,
    lease: Arc<Lease>,
}

impl fmt::Debug for RunJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lease.fmt(f)
    }
}

impl Journal for RunJournal {
    fn append(&self, segment: Segment) {
        let end = if segment.summary.status.is_finished() {
            End::Finished
        } else {
            End::None
        };
        self.host.0.writer.push(Row {
            lease: self.lease.clone(),
            first_seq: segment.first_seq,
            count: segment.count,
            // Here, on the run's own task: the writer is one for all runs.
            stages: (segment.first_seq > 1)
                .then(|| Subjects::of(&segment.body))
                .flatten(),
            body: Bytes::from(segment.body),
            progress: Some(segment.summary),
            end,
        });
    }

    fn durable(&self, seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.lease.durable(seq))
    }
}

/// What a run's journal holds.
#[derive(Debug)]
pub enum History {
    /// The events so far.
    Events(Vec<Event>),
    /// Written by a newer program; it is left to one.
    Newer(String),
    /// It cannot be read.
    Damaged(String),
}

impl Host {
    /// The journal of a claimed run.
    pub fn journal(&self, lease: &Arc<Lease>) -> Arc<RunJournal> {
        Arc::new(RunJournal {
            host: self.clone(),
            lease: lease.clone(),
        })
    }

    /// Reads what a claimed run did so far. A fresh one did nothing, which its row already says.
    pub async fn history(&self, run: &Claimed) -> Result<History, HostError> {
        if run.last_seq == 0 {
            return Ok(History::Events(Vec::new()));
        }
        let mut events = Vec::new();
        for (format, body) in self.0.pools.in_time(self.segments(run)).await? {
            if u32::try_from(format).is_ok_and(|format| format > FORMAT) {
                return Ok(History::Newer(format.to_string()));
            }
            match decode(&body) {
                Ok(more) => events.extend(more),
                Err(DecodeError::Newer(what)) => return Ok(History::Newer(what)),
                Err(DecodeError::Damaged(why)) => return Ok(History::Damaged(why)),
            }
        }
        let whole = events
            .iter()
            .zip(1u64..)
            .all(|(event, seq)| event.seq == seq);
        if !whole || events.len() as u64 != run.last_seq {
            return Ok(History::Damaged(format!(
                "{} events where the run's row says {}",
                events.len(),
                run.last_seq
            )));
        }
        Ok(History::Events(events))
    }

    async fn segments(&self, run: &Claimed) -> Result<Vec<(i16, Vec<u8>)>, HostError> {
        const PG: &str =
            "SELECT format, body FROM journal WHERE run_id = $1 AND org_id = $2 ORDER BY first_seq";
        const LITE: &str =
            "SELECT format, body FROM journal WHERE run_id = ?1 AND org_id = ?2 ORDER BY first_seq";
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[run.lease.org]).await?;
                let rows = query(PG)
                    .bind(run.lease.run.0)
                    .bind(run.lease.org.0)
                    .fetch_all(&mut *tx)
                    .await?;
                tx.commit().await?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            }
            Pools::Sqlite(lite) => {
                let rows = query(LITE)
                    .bind(run.lease.run.0)
                    .bind(run.lease.org.0)
                    .fetch_all(&lite.pool)
                    .await?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            }
        }
    }

    /// Gives a run back that only waits for its timers.
    pub fn park(&self, lease: &Arc<Lease>, wake_at: DateTime<Utc>) {
        self.give_back(lease, End::Park(wake_at));
    }

    /// Gives a run back for another process to take over at once, or after a while.
    pub fn release(&self, lease: &Arc<Lease>, after: Option<DateTime<Utc>>) {
        self.give_back(lease, End::Release(after));
    }

    fn give_back(&self, lease: &Arc<Lease>, end: End) {
        self.0.writer.push(Row {
            lease: lease.clone(),
            first_seq: 0,
            count: 0,
            body: Bytes::new(),
            stages: None,
            progress: None,
            end,
        });
    }

    /// Resolves when everything that was pushed before is committed or has failed.
    pub async fn flush(&self) {
        self.0.writer.flush().await;
    }
}
