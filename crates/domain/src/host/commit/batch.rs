//! What one commit consists of: at most one row per run, merged from what the runs pushed.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use engine::run::Progress;
use indexmap::IndexMap;
use types::{OrgId, RunId};

use super::{HostError, commit_postgres, commit_sqlite, lease::Lease, pools::Pools};

/// Most runs in one commit.
const MAX_ROWS: usize = 512;
/// Bytes of bodies after which a commit takes no more rows.
const MAX_BYTES: usize = 8 << 20;

/// What becomes of the lease with this row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// The run goes on here.
    None,
    /// The run is finished; nobody drives it any more.
    Finished,
    /// The run waits for a timer; nobody drives it until then.
    Park(DateTime<Utc>),
    /// Somebody else may drive it, at once or from then on.
    Release(Option<DateTime<Utc>>),
}

/// Events of one run and what its row says after them.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub lease: Arc<Lease>,
    pub first_seq: u64,
    pub count: u32,
    pub body: Bytes,
    pub progress: Option<Progress>,
    pub end: End,
}

impl Row {
    /// The number of the last event; meaningless without events.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count.max(1)) - 1
    }

    /// The row's state after the commit, or `None` to leave it.
    pub fn status(&self) -> Option<&'static str> {
        match self.end {
            End::Park(_) => Some("waiting"),
            // While a lease lasts the run is its holder's, whatever it waits for.
            End::None | End::Release(_) => self.progress.as_ref().map(|_| "running"),
            End::Finished => self
                .progress
                .as_ref()
                .map(|progress| progress.status.as_str()),
        }
    }

    /// Takes what the same run pushed next. Gives it back when it does not continue this row.
    fn merge(&mut self, next: Box<Row>) -> Option<Box<Row>> {
        if self.lease.epoch != next.lease.epoch || self.end != End::None {
            return Some(next);
        }
        if next.count > 0 {
            if self.count == 0 {
                self.first_seq = next.first_seq;
                self.body = next.body;
            } else if next.first_seq != self.first_seq + u64::from(self.count) {
                return Some(next);
            } else {
                let mut body = BytesMut::with_capacity(self.body.len() + next.body.len());
                body.extend_from_slice(&self.body);
                body.extend_from_slice(&next.body);
                self.body = body.freeze();
            }
            self.count += next.count;
        }
        if let Some(mut progress) = next.progress {
            progress.progressed |= self.progress.as_ref().is_some_and(|p| p.progressed);
            self.progress = Some(progress);
        }
        self.end = next.end;
        None
    }
}

/// The rows of one commit, in the order of runs.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: IndexMap<RunId, Row>,
    bytes: usize,
}

impl Batch {
    /// Takes a row, or gives it back for the next batch.
    pub fn add(&mut self, row: Box<Row>) -> Option<Box<Row>> {
        let size = row.body.len();
        match self.rows.entry(row.lease.run) {
            indexmap::map::Entry::Occupied(mut held) => {
                if let Some(row) = held.get_mut().merge(row) {
                    return Some(row);
                }
            }
            indexmap::map::Entry::Vacant(free) => {
                free.insert(*row);
            }
        }
        self.bytes += size;
        None
    }

    /// Whether it should go.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS || self.bytes >= MAX_BYTES
    }

    /// The rows, ordered as their locks are taken.
    pub fn into_rows(mut self) -> Vec<Row> {
        self.rows.sort_unstable_keys();
        self.rows.into_values().collect()
    }
}

/// The organizations of these rows, each once.
pub(super) fn orgs(rows: &[Row]) -> Vec<OrgId> {
    let mut orgs: Vec<OrgId> = rows.iter().map(|row| row.lease.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    orgs
}

/// Commits the rows in one transaction. Gives, per row, whether its lease still was ours; those
/// that were not are left out and the others stand.
pub(super) async fn commit(
    pools: &Pools,
    owner: &str,
    rows: &[Row],
) -> Result<Vec<bool>, HostError> {
    let work = async {
        match pools {
            Pools::Postgres(pg) => commit_postgres::commit(pg, owner, rows).await,
            Pools::Sqlite(lite) => commit_sqlite::commit(lite, owner, rows).await,
        }
    };
    pools.in_time(work).await
}

/// After a commit whose answer got lost: whether it happened, and if so, per row, whether its
/// lease still was ours then. A row's segment, under its epoch, speaks for it. A row without
/// events goes with the others: all it could do is give its lease back.
pub(super) async fn happened(pools: &Pools, rows: &[Row]) -> Result<Option<Vec<bool>>, HostError> {
    let work = async {
        match pools {
            Pools::Postgres(pg) => commit_postgres::written(pg, rows).await,
            Pools::Sqlite(lite) => commit_sqlite::written(lite, rows).await,
        }
    };
    let written = pools.in_time(work).await?;
    let ours = rows
        .iter()
        .map(|row| row.count == 0 || written.contains(&row.lease.run));
    Ok((!written.is_empty()).then(|| ours.collect()))
}

/// PostgreSQL's text has no NUL; a message with one is still worth reading.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
