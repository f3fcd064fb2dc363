//! The content of one commit: at most one row per run, merged from what the run pushed, with
//! conversions to the types of the columns.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use engine::run::{Progress, Subjects};
use indexmap::IndexMap;
use types::{OrgId, RunId};

use crate::host::lease::Lease;

/// The maximum number of runs in one commit.
const MAX_ROWS: usize = 512;
/// When the bodies of a commit reach this many bytes, it accepts no more rows.
const MAX_BYTES: usize = 8 << 20;

/// What happens to the lease when this row is committed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::host) enum End {
    /// This process keeps driving the run.
    None,
    /// The run is finished and its lease ends.
    Finished,
    /// The run is parked until this time; no worker drives it meanwhile.
    Park(DateTime<Utc>),
    /// Any worker may claim the run, at once or from this time on.
    Release(Option<DateTime<Utc>>),
}

/// Events of one run, and the changes to the run's row that go with them.
#[derive(Clone, Debug)]
pub(in crate::host) struct Row {
    pub lease: Arc<Lease>,
    pub first_seq: u64,
    pub count: u32,
    pub body: Bytes,
    /// The stages that the events are about; `None` if the segment gets no index.
    pub stages: Option<Subjects>,
    pub progress: Option<Progress>,
    pub end: End,
}

impl Row {
    /// The number of the last event. Meaningless if `count` is 0.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count.max(1)) - 1
    }

    /// The index of the segment. The first segment has none, because every reader needs it.
    pub fn index(&self) -> Option<Vec<u8>> {
        let stages = self.stages.as_ref().filter(|_| self.first_seq > 1)?;
        Some(stages.to_bytes())
    }

    /// The run's status after the commit, or `None` to leave it unchanged.
    pub fn status(&self) -> Option<&'static str> {
        match self.end {
            End::Park(_) => Some("waiting"),
            // A leased run counts as running even while it waits.
            End::None | End::Release(_) => self.progress.as_ref().map(|_| "running"),
            End::Finished => self
                .progress
                .as_ref()
                .map(|progress| progress.status.as_str()),
        }
    }

    /// Merges the next row that the same run pushed. Returns it if it does not continue this row.
    fn merge(&mut self, next: Box<Row>) -> Option<Box<Row>> {
        if !Arc::ptr_eq(&self.lease, &next.lease) || self.end != End::None {
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

/// The rows of one commit, at most one per run.
#[derive(Debug, Default)]
pub(in crate::host) struct Batch {
    rows: IndexMap<RunId, Row>,
    bytes: usize,
}

impl Batch {
    /// Adds a row, or returns it if it has to go into the next batch.
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

    /// Whether the batch should be committed now.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS || self.bytes >= MAX_BYTES
    }

    /// The rows in the order in which they are locked: by run ID.
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

/// Replaces NUL characters, which PostgreSQL's `text` cannot store, with U+FFFD.
pub(in crate::host) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Converts a number of events or tokens, which never comes close to `i64::MAX`.
pub(in crate::host) fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Like [`big`], for counts of stages and of events in a segment.
pub(in crate::host) fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
