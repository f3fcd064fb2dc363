//! The wake-up job: a row in the job queue's own table, written in the transaction that starts a
//! run.
//!
//! Starting a run wakes the dispatchers at once by a live message. This row is the fallback in case
//! the message is lost. It is due a little later and covers all runs started shortly after it was
//! written, so there are at most two per second and process, not one per run. If the queue's tables
//! do not exist (a program without workers), nothing is written.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{DbErr, Value};

use super::repo::carrier;
use crate::db::Tx;

/// The queue of wake-up jobs.
pub const WAKE: &str = "flowmason.wake";

/// The delay after which a wake-up job is due.
pub const WAKE_DELAY: Duration = Duration::from_secs(2);

/// How long a written wake-up job covers further starts. Their transactions must commit in the rest
/// of the time until it is due.
const STANDS_FOR: Duration = Duration::from_millis(500);

/// The state of the wake-up job in this process. One instance per application.
#[derive(Debug, Default)]
pub struct WakeJobs {
    /// 0: not checked yet, 1: the tables do not exist, 2: they exist.
    tables: AtomicU8,
    last: Mutex<Option<Instant>>,
}

/// Whether a start must write a wake-up job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It must, and later starts rely on it.
    Yes,
    /// One that was written covers it, or there is no queue.
    No,
}

impl WakeJobs {
    /// Decides about the job of a start that is one statement on PostgreSQL. `None` if it is not known
    /// whether the queue's tables exist: then the start is a transaction with [`Self::ensure`].
    pub fn decide(&self) -> Option<Needed> {
        let tables = self.tables.load(Ordering::Relaxed);
        let mut last = self.last.lock();
        let stands = last.is_some_and(|last| last.elapsed() < STANDS_FOR);
        match tables {
            0 => None,
            _ if stands => Some(Needed::No),
            2 => {
                *last = Some(Instant::now());
                Some(Needed::Yes)
            }
            _ => None,
        }
    }

    /// The part of a statement that writes the job, for a row of `from`, and its values from `$first`
    /// on.
    pub fn part(from: &str, first: usize) -> (String, [Value; 5]) {
        carrier::enqueue_with(from, first, (WAKE, b"null"), WAKE_DELAY, 3)
    }

    /// Called if a job that was [`Needed`] was not written after all.
    pub fn not_written(&self) {
        *self.last.lock() = None;
    }

    /// Makes sure that a wake-up job covers this transaction.
    pub async fn ensure(&self, tx: &Tx) -> Result<(), DbErr> {
        if !self.has_tables(tx).await? {
            return Ok(());
        }
        {
            let mut last = self.last.lock();
            if last.is_some_and(|last| last.elapsed() < STANDS_FOR) {
                return Ok(());
            }
            *last = Some(Instant::now());
        }
        let written = carrier::enqueue(tx, WAKE, b"null", WAKE_DELAY, 3).await;
        if written.is_err() {
            self.not_written();
        }
        written
    }

    /// Whether the queue's tables exist. Cached once they do.
    pub(super) async fn has_tables(&self, tx: &Tx) -> Result<bool, DbErr> {
        match self.tables.load(Ordering::Relaxed) {
            2 => return Ok(true),
            // Checked again after a while, because the tables may be created later.
            1 if self
                .last
                .lock()
                .is_some_and(|last| last.elapsed() < STANDS_FOR) =>
            {
                return Ok(false);
            }
            _ => {}
        }
        let found = carrier::has_tables(tx).await?;
        self.tables
            .store(if found { 2 } else { 1 }, Ordering::Relaxed);
        if !found {
            *self.last.lock() = Some(Instant::now());
        }
        Ok(found)
    }
}
