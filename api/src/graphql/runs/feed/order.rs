//! Keeps the changes of a run in order, although messages come from several processes.
//!
//! A worker's "finished" may arrive before "queued", which the process that started the run sends.
//! A change that is older than the last one sent is dropped.

use std::collections::{HashMap, VecDeque};

use domain::{
    live::RunChanged,
    runs::{Run, RunStatus},
};
use types::RunId;

/// The maximum number of runs that are remembered.
const REMEMBERED: usize = 10_000;

/// How far a run had got at a change: whether it had ended, and the number of its newest event. The
/// change of a run with the greater progress is the newer one, whichever arrived first.
pub fn progress(change: &RunChanged) -> (bool, u64) {
    let ended = RunStatus::parse(&change.status).is_some_and(RunStatus::is_finished);
    (ended, change.last_seq)
}

/// The last change sent for each of the newest runs.
#[derive(Default)]
pub struct Order {
    /// Whether the run had ended, and the number of its newest event at that time.
    sent: HashMap<RunId, (bool, u64)>,
    /// The runs in the order in which they were first sent.
    runs: VecDeque<RunId>,
}

impl Order {
    /// Whether the change is not older than the last one sent for its run. If so, it is recorded as
    /// sent.
    pub fn is_news(&mut self, change: &RunChanged) -> bool {
        self.record(change.run, progress(change))
    }

    /// Records a run's current state as sent.
    pub fn sent(&mut self, run: &Run) {
        let last_seq = u64::try_from(run.last_seq).unwrap_or(0);
        self.record(run.id, (run.status.is_finished(), last_seq));
    }

    /// Whether nothing has been sent yet.
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Whether the run was sent, as far as that is remembered.
    pub fn knows(&self, run: RunId) -> bool {
        self.sent.contains_key(&run)
    }

    /// The runs that had not ended when they were last sent.
    pub fn open(&self) -> Vec<RunId> {
        let open = self.sent.iter().filter(|(_, (ended, _))| !ended);
        open.map(|(run, _)| *run).collect()
    }

    fn record(&mut self, run: RunId, now: (bool, u64)) -> bool {
        if let Some(sent) = self.sent.get_mut(&run) {
            if now < *sent {
                return false;
            }
            *sent = now;
            return true;
        }
        self.sent.insert(run, now);
        self.runs.push_back(run);
        if self.runs.len() > REMEMBERED
            && let Some(oldest) = self.runs.pop_front()
        {
            self.sent.remove(&oldest);
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
    fn a_start_that_arrives_after_the_end_is_no_news() {
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
            (order.sent.len(), order.runs.len()),
            (REMEMBERED, REMEMBERED)
        );
    }
}
