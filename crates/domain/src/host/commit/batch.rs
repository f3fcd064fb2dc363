//! What one commit consists of: at most one row per run, merged from what the runs pushed, and its
//! numbers as the columns take them.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use engine::run::{Progress, Subjects};
use indexmap::IndexMap;
use types::{OrgId, RunId};

use crate::host::lease::Lease;

/// Most runs in one commit.
const MAX_ROWS: usize = 512;
/// Bytes of bodies after which a commit takes no more rows.
const MAX_BYTES: usize = 8 << 20;

/// What becomes of the lease with this row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::host) enum End {
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
pub(in crate::host) struct Row {
    pub lease: Arc<Lease>,
    pub first_seq: u64,
    pub count: u32,
    pub body: Bytes,
    /// The stages of the events; `None` where that is not to be written.
    pub stages: Option<Subjects>,
    pub progress: Option<Progress>,
    pub end: End,
}

impl Row {
    /// The number of the last event; meaningless without events.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count.max(1)) - 1
    }

    /// The index of the segment. The first one has none, since every reader needs it.
    pub fn index(&self) -> Option<Vec<u8>> {
        let stages = self.stages.as_ref().filter(|_| self.first_seq > 1)?;
        Some(stages.to_bytes())
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
                self.stages = next.stages;
            } else if next.first_seq != self.first_seq + u64::from(self.count) {
                return Some(next);
            } else {
                let mut body = BytesMut::with_capacity(self.body.len() + next.body.len());
                body.extend_from_slice(&self.body);
                body.extend_from_slice(&next.body);
                self.body = body.freeze();
                self.stages = self.stages.take().zip(next.stages).map(|(mut own, next)| {
                    own.extend(next);
                    own
                });
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
pub(in crate::host) struct Batch {
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
pub(in crate::host) fn orgs(rows: &[Row]) -> Vec<OrgId> {
    let mut orgs: Vec<OrgId> = rows.iter().map(|row| row.lease.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    orgs
}

/// PostgreSQL's text has no NUL; a message with one is still worth reading.
pub(in crate::host) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Numbers of events and tokens never come near the end of the type.
pub(in crate::host) fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As [`big`], for counts of stages and of events in a segment.
pub(in crate::host) fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
