//! Ends runs that cannot be driven: the host writes their last event itself.

use std::sync::Arc;

use engine::run::{Failure, JournalError, Progress, RunStatus, failed_segment};

use super::{
    Claimed, Host,
    commit::{End, Row},
    lease::Lease,
};

impl Host {
    /// Fails a claimed run for a cause outside of its stages. Resolves when the event is durable.
    pub async fn fail(&self, run: &Claimed, cause: Failure) -> Result<(), JournalError> {
        let seq = self.push_failure(&run.lease, run, cause);
        run.lease.durable(seq).await
    }

    /// Fails a run whose journal was refused. The event is appended after the last durable one,
    /// under a copy of the failed lease.
    pub async fn fail_refused(&self, run: &Claimed, cause: Failure) -> Result<(), JournalError> {
        let (lease, _signals) = Lease::new(
            (run.lease.run, run.lease.org, run.lease.epoch),
            run.lease.durable_seq(),
            run.stages_done,
            std::time::Instant::now() + run.lease.left(),
        );
        self.leases().add(&lease);
        let seq = self.push_failure(&lease, run, cause);
        lease.durable(seq).await
    }

    fn push_failure(&self, lease: &Arc<Lease>, run: &Claimed, cause: Failure) -> u64 {
        let seq = lease.durable_seq() + 1;
        let at = self.0.clock.now();
        self.0.writer.push(Row {
            lease: lease.clone(),
            first_seq: seq,
            count: 1,
            body: failed_segment(seq, at, &cause).into(),
            stages: None,
            progress: Some(Progress {
                status: RunStatus::Failed,
                stages_done: run.stages_done,
                stages_total: run.stages_total,
                progressed: false,
                last_seq: seq,
                at,
                usage: run.usage,
                error: Some(cause),
                output: None,
            }),
            end: End::Finished,
        });
        seq
    }
}
