//! The journal of one run: appends events through the process's writer, and reads them back.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::{
    component::BoxFuture,
    run::{DecodeError, Event, FORMAT, Journal, JournalError, Segment, Subjects, decode},
};
use sqlx::Row as _;
use types::{OrgId, RunId};

use super::{
    Claimed, Host, HostError,
    commit::{End, Row},
    lease::Lease,
    pools::Pools,
    sql::query,
};

/// Accepts the events of one run while its lease lasts.
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
            // Computed on the run's own task, because all runs share one writer.
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

/// The result of reading a run's journal.
#[derive(Debug)]
pub enum History {
    /// The events so far.
    Events(Vec<Event>),
    /// The journal was written by a newer version of the program, which must drive the run.
    Newer(String),
    /// The journal cannot be read; the text says why.
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

    /// Reads the events of a claimed run so far. For a run without events (`last_seq` is 0), no
    /// statement is sent.
    pub async fn history(&self, run: &Claimed) -> Result<History, HostError> {
        if run.last_seq == 0 {
            return Ok(History::Events(Vec::new()));
        }
        let mut events = Vec::new();
        let segments = self.segments(run.lease.org, run.lease.run);
        for (format, body) in self.0.pools.in_time(segments).await? {
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
                "The journal has {} events, but the run's row says {}",
                events.len(),
                run.last_seq
            )));
        }
        Ok(History::Events(events))
    }

    /// Reads the events of another run of an organization, with their size in bytes; `None` if its
    /// journal cannot be read or is gone.
    pub async fn events(
        &self,
        org: OrgId,
        run: RunId,
    ) -> Result<Option<(Vec<Event>, usize)>, HostError> {
        let (mut events, mut bytes) = (Vec::new(), 0_usize);
        for (_, body) in self.0.pools.in_time(self.segments(org, run)).await? {
            bytes = bytes.saturating_add(body.len());
            match decode(&body) {
                Ok(more) => events.extend(more),
                Err(error) => {
                    tracing::warn!(%run, %error, "the journal of an earlier run cannot be read");
                    return Ok(None);
                }
            }
        }
        Ok(Some((events, bytes)).filter(|(events, _)| !events.is_empty()))
    }

    async fn segments(&self, org: OrgId, run: RunId) -> Result<Vec<(i16, Vec<u8>)>, HostError> {
        const PG: &str =
            "SELECT format, body FROM journal WHERE run_id = $1 AND org_id = $2 ORDER BY first_seq";
        const LITE: &str =
            "SELECT format, body FROM journal WHERE run_id = ?1 AND org_id = ?2 ORDER BY first_seq";
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[org]).await?;
                let rows = query(PG)
                    .bind(run.0)
                    .bind(org.0)
                    .fetch_all(&mut *tx)
                    .await?;
                tx.commit().await?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            }
            Pools::Sqlite(lite) => {
                let rows = query(LITE)
                    .bind(run.0)
                    .bind(org.0)
                    .fetch_all(&lite.pool)
                    .await?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            }
        }
    }

    /// Gives back a run that only waits for its timers.
    pub fn park(&self, lease: &Arc<Lease>, wake_at: DateTime<Utc>) {
        self.give_back(lease, End::Park(wake_at));
    }

    /// Gives back a run so that any process can claim it, at once or not before `after`.
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

    /// Resolves when everything pushed before this call is committed or has failed.
    pub async fn flush(&self) {
        self.0.writer.flush().await;
    }
}
