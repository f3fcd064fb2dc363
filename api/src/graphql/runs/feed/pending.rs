//! Changes that have arrived and have not been looked up yet.

use std::collections::HashMap;

use domain::live::{Message, RunChanged};
use types::RunId;

use super::order::progress;

/// The number of changes up to which each step of a run is kept. Above it, only the latest of each
/// run is: nobody can follow the steps of so many runs, and each one costs a look-up and a message.
const STEPS: usize = 50;
/// The maximum number of runs whose changes are kept. Beyond it, the oldest are dropped, which
/// counts as a gap.
const MOST: usize = 50_000;

/// Changes that wait to be looked up, oldest first.
#[derive(Default)]
pub struct Pending {
    changes: Vec<RunChanged>,
    /// The number of changes at which steps are folded. It grows with the number left after
    /// folding.
    fold_at: usize,
    /// Whether messages were lost.
    pub gap: bool,
}

impl Pending {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.gap
    }

    /// Records a change, or that changes were lost.
    pub fn push(&mut self, message: Message) {
        match message {
            Message::RunChanged(change) => {
                self.changes.push(change);
                if self.changes.len() > self.fold_at.max(STEPS) {
                    self.fold();
                }
            }
            Message::Lagged => self.gap = true,
            _ => {}
        }
    }

    /// Whether there are changes, not only a gap.
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether there are changes, none of them is the end of a run, and nothing was lost.
    pub fn has_no_end(&self) -> bool {
        let mut changes = self.changes.iter();
        self.has_changes() && !self.gap && changes.all(|change| change.finished_at.is_none())
    }

    /// Takes the oldest changes, at most `most`.
    pub fn take(&mut self, most: usize) -> Vec<RunChanged> {
        if self.changes.len() > STEPS {
            self.fold();
        }
        let rest = self.changes.split_off(most.min(self.changes.len()));
        let first = std::mem::replace(&mut self.changes, rest);
        self.fold_at = STEPS.max(self.changes.len() * 2);
        first
    }

    /// Puts back changes that could not be looked up.
    pub fn put_back(&mut self, mut first: Vec<RunChanged>) {
        first.append(&mut self.changes);
        self.changes = first;
    }

    /// Keeps only the newest change of each run, which need not be the last one that arrived.
    fn fold(&mut self) {
        let mut newest: HashMap<RunId, (bool, u64)> = HashMap::with_capacity(self.changes.len());
        for change in &self.changes {
            let known = newest.entry(change.run).or_default();
            *known = progress(change).max(*known);
        }
        let mut latest: Vec<RunChanged> = std::mem::take(&mut self.changes)
            .into_iter()
            .rev()
            .filter(|change| {
                let is_newest = newest.get(&change.run) == Some(&progress(change));
                is_newest && newest.remove(&change.run).is_some()
            })
            .collect();
        latest.reverse();
        if latest.len() > MOST {
            latest.drain(..latest.len() - MOST);
            self.gap = true;
        }
        self.fold_at = STEPS.max(latest.len() * 2);
        self.changes = latest;
    }
}

#[cfg(test)]
mod tests {
    use domain::runs::RunStatus;
    use types::OrgId;
    use uuid::Uuid;

    use super::*;

    fn change(run: u128, last_seq: u64) -> Message {
        Message::RunChanged(RunChanged {
            org: OrgId(Uuid::nil()),
            run: RunId(Uuid::from_u128(run)),
            status: RunStatus::Running.to_string(),
            stages_done: 0,
            stages_total: 1,
            last_seq,
            finished_at: None,
        })
    }

    #[test]
    fn few_changes_are_kept_one_by_one_and_of_many_the_latest_of_each_run() {
        let mut pending = Pending::default();
        for seq in 0..20 {
            pending.push(change(1, seq));
        }
        assert_eq!(pending.take(2_000).len(), 20);
        for seq in 0..10_000 {
            pending.push(change(seq % 7, seq as u64));
        }
        assert!(pending.changes.len() <= 2 * STEPS);
        let changes = pending.take(usize::MAX);
        for run in 0..7 {
            let last = changes.iter().rfind(|c| c.run.0.as_u128() == run);
            assert!(last.is_some_and(|c| c.last_seq >= 9_993));
        }
        assert!(pending.is_empty());
    }

    #[test]
    fn an_end_is_kept_when_an_older_change_of_the_run_arrives_after_it() {
        let mut pending = Pending::default();
        for run in 0..200 {
            let Message::RunChanged(mut end) = change(run, 9) else {
                unreachable!("a change");
            };
            end.status = RunStatus::Succeeded.to_string();
            pending.push(Message::RunChanged(end));
            pending.push(change(run, 1));
        }
        let changes = pending.take(usize::MAX);
        for run in 0..200 {
            let of_run = changes.iter().filter(|c| c.run.0.as_u128() == run);
            assert!(
                of_run
                    .max_by_key(|c| progress(c))
                    .is_some_and(|c| c.last_seq == 9)
            );
        }
    }

    #[test]
    fn no_run_is_lost_up_to_the_bound_and_beyond_it_there_is_a_gap() {
        let mut pending = Pending::default();
        for run in 0..MOST as u128 {
            pending.push(change(run, 1));
        }
        assert_eq!(pending.changes.len(), MOST);
        assert!(!pending.gap);
        for run in 0..2 * MOST as u128 {
            pending.push(change(run, 2));
        }
        assert!(pending.gap && pending.changes.len() <= 2 * MOST);
    }

    #[test]
    fn a_batch_waits_for_an_end_only_while_it_has_changes_without_one_and_no_gap() {
        let mut pending = Pending::default();
        assert!(!pending.has_no_end());
        pending.push(change(1, 1));
        assert!(pending.has_no_end());
        let Message::RunChanged(mut end) = change(2, 9) else {
            unreachable!("a change");
        };
        end.finished_at = Some(chrono::DateTime::UNIX_EPOCH);
        pending.push(Message::RunChanged(end));
        assert!(!pending.has_no_end());
        let mut lagged = Pending::default();
        lagged.push(change(1, 1));
        lagged.push(Message::Lagged);
        assert!(!lagged.has_no_end());
    }

    #[test]
    fn changes_that_are_put_back_come_before_newer_ones() {
        let mut pending = Pending::default();
        pending.push(change(1, 1));
        let first = pending.take(10);
        pending.push(change(2, 1));
        pending.put_back(first);
        let runs = |pending: &Pending| -> Vec<u128> {
            pending.changes.iter().map(|c| c.run.0.as_u128()).collect()
        };
        assert_eq!(runs(&pending), [1, 2]);
        pending.push(Message::Lagged);
        assert!(pending.gap && !pending.is_empty());
    }
}
