//! What a listener of a feed has not read yet, within the room that the process has.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use domain::runs::Run;

use crate::graphql::runs::shared_feed;

/// Rows that a listener always has room for. Up to here it gets each step of a run.
const STEPS: usize = 200;
/// Rows beyond [`STEPS`] that all listeners of the process may keep together, and one alone.
const ROOM: usize = 200_000;
const ROOM_OF_ONE: usize = 20_000;

/// What a listener has not read yet, the oldest first.
pub struct Backlog {
    rows: VecDeque<Arc<Run>>,
    /// Steps are folded when there are so many rows; grows with what is left, so that a row is
    /// looked at a few times only.
    fold_at: usize,
    /// Of `all`.
    taken: usize,
    all: Arc<AtomicUsize>,
}

impl Backlog {
    pub fn new(all: Arc<AtomicUsize>) -> Self {
        Self {
            rows: VecDeque::new(),
            fold_at: STEPS,
            taken: 0,
            all,
        }
    }

    /// Leaves the latest state of each run, in the order of those.
    fn fold(&mut self) {
        let mut seen = HashSet::with_capacity(self.rows.len());
        let mut latest: Vec<Arc<Run>> = self
            .rows
            .drain(..)
            .rev()
            .filter(|run| seen.insert(run.id))
            .collect();
        latest.reverse();
        self.rows = latest.into();
    }

    /// Takes or gives back room for what is kept now; whether it fits.
    fn account(&mut self) -> bool {
        let wanted = self.rows.len().saturating_sub(STEPS);
        if wanted <= self.taken {
            self.all.fetch_sub(self.taken - wanted, Relaxed);
            self.taken = wanted;
            return true;
        }
        let more = wanted - self.taken;
        if wanted > ROOM_OF_ONE {
            return false;
        }
        if self.all.fetch_add(more, Relaxed) + more > ROOM {
            self.all.fetch_sub(more, Relaxed);
            return false;
        }
        self.taken = wanted;
        true
    }
}

impl shared_feed::Backlog for Backlog {
    type Row = Arc<Run>;

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn pop(&mut self) -> Option<Arc<Run>> {
        let row = self.rows.pop_front()?;
        self.account();
        Some(row)
    }

    /// Keeps each step while there are few, then the latest state of each run, and where the
    /// process has no more room the newest of those.
    fn keep(&mut self, rows: &[Arc<Run>]) {
        self.rows.extend(rows.iter().cloned());
        if self.rows.len() > self.fold_at {
            self.fold();
            self.fold_at = STEPS.max(self.rows.len() * 2);
        }
        if self.account() {
            return;
        }
        self.fold();
        if !self.account() {
            let over = self.rows.len().saturating_sub(STEPS);
            self.rows.drain(..over);
            self.fold_at = STEPS;
            self.account();
        }
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.all.fetch_sub(self.taken, Relaxed);
    }
}

#[cfg(test)]
mod tests;
