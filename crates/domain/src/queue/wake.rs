//! The wake-up job: a row in the job queue's own table, written in the transaction of a start.
//!
//! A start wakes the dispatchers at once by a live message; this row is the net below it. It is
//! due a little later and stands for every start of the time in between, so there is one per
//! queue and second, not one per run. Where the queue's tables do not exist (a program without
//! workers) there is nothing to do.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::DbErr;

use super::repo::carrier;
use crate::db::Tx;

/// The queue of wake-up jobs.
pub const WAKE: &str = "flowmason.wake";

/// How late a wake-up job is due.
pub const WAKE_DELAY: Duration = Duration::from_secs(2);

/// For how long a written job stands for further starts; what is left until it is due is the
/// time that their transactions have to commit.
const STANDS_FOR: Duration = Duration::from_millis(500);

/// What this process knows about the wake-up job. One per application.
#[derive(Debug, Default)]
pub struct WakeJobs {
    /// 0: not asked yet, 1: no tables, 2: tables.
    tables: AtomicU8,
    last: Mutex<Option<Instant>>,
}

impl WakeJobs {
    /// Whether a start needs to write nothing: a written job stands for it, or there is no queue.
    pub fn stands(&self) -> bool {
        self.tables.load(Ordering::Relaxed) != 0
            && self
                .last
                .lock()
                .is_some_and(|last| last.elapsed() < STANDS_FOR)
    }

    /// Makes sure that a wake-up job stands for what this transaction does.
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
            *self.last.lock() = None;
        }
        written
    }

    /// Whether the queue's tables exist; remembered once they do.
    pub(super) async fn has_tables(&self, tx: &Tx) -> Result<bool, DbErr> {
        match self.tables.load(Ordering::Relaxed) {
            2 => return Ok(true),
            // Asked again now and then, since the tables may be made after the first start.
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
