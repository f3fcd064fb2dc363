//! Changes of a run in their order, although the messages come from several places.
//!
//! A worker's "finished" may arrive before the starter's "queued". A change that is older than the
//! last one that was told is dropped.

use std::collections::{HashMap, VecDeque};

use domain::{
    live::RunChanged,
    runs::{Run, RunStatus},
};
use types::RunId;

/// Runs that are remembered.
const REMEMBERED: usize = 10_000;

/// How far the newest runs were told.
#[derive(Default)]
pub struct Order {
    /// Whether the run was told to have ended, and its newest event then.
    told: HashMap<RunId, (bool, u64)>,
    /// In the order in which they were first told.
    runs: VecDeque<RunId>,
}

impl Order {
    /// Whether the change is not behind what was told of its run; it counts as told then.
    pub fn is_news(&mut self, change: &RunChanged) -> bool {
        let ended = RunStatus::parse(&change.status).is_some_and(RunStatus::is_finished);
        self.note(change.run, (ended, change.last_seq))
    }

    /// A run counts as told, as it is.
    pub fn told(&mut self, run: &Run) {
        let last_seq = u64::try_from(run.last_seq).unwrap_or(0);
        self.note(run.id, (run.status.is_finished(), last_seq));
    }

    /// Whether nothing was told yet.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Whether something was told of the run, as far as that is remembered.
    pub fn knows(&self, run: RunId) -> bool {
        self.told.contains_key(&run)
    }

    /// The runs that had not ended when they were told last.
    pub fn open(&self) -> Vec<RunId> {
        let open = self.told.iter().filter(|(_, (ended, _))| !ended);
        open.map(|(run, _)| *run).collect()
    }

    fn note(&mut self, run: RunId, now: (bool, u64)) -> bool {
        if let Some(told) = self.told.get_mut(&run) {
            if now < *told {
                return false;
            }
            *told = now;
            return true;
        }
        self.told.insert(run, now);
        self.runs.push_back(run);
        if self.runs.len() > REMEMBERED
            && let Some(oldest) = self.runs.pop_front()
        {
            self.told.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use types::OrgId;
    use uuid::Uuid;

    use super::*;

    fn change(run: u128, status: RunStatus, last_seq: u64) -> RunChanged {
        RunChanged {
            org: OrgId(Uuid::nil()),
            run: RunId(Uuid::from_u128(run)),
            status: status.to_string(),
            stages_done: 0,
            stages_total: 1,
            last_seq,
            finished_at: None,
        }
    }

    #[test]
    fn a_start_that_is_told_after_the_end_is_no_news() {
        let mut order = Order::default();
        assert!(order.is_news(&change(1, RunStatus::Succeeded, 12)));
        assert!(!order.is_news(&change(1, RunStatus::Queued, 0)));
        assert!(!order.is_news(&change(1, RunStatus::Running, 12)));
        assert!(order.is_news(&change(2, RunStatus::Queued, 0)));
    }

    #[test]
    fn each_step_forward_is_news_and_the_memory_is_bounded() {
        let mut order = Order::default();
        for (status, seq) in [
            (RunStatus::Queued, 0),
            (RunStatus::Running, 3),
            (RunStatus::Waiting, 5),
            (RunStatus::Running, 5),
            (RunStatus::Failed, 9),
        ] {
            assert!(order.is_news(&change(1, status, seq)));
        }
        for run in 2..20_000 {
            order.is_news(&change(run, RunStatus::Succeeded, 1));
        }
        assert_eq!(
            (order.told.len(), order.runs.len()),
            (REMEMBERED, REMEMBERED)
        );
    }
}
