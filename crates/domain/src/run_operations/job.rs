//! The job that changes the runs, batch by batch.
//!
//! The position in the list is stored with the counts, so a restarted job continues where it was.
//! The cancellations of a batch and the new position are committed in one transaction. A retry uses
//! an idempotency key made of the operation and the run, so that repeating it starts no run twice.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::RunOperationId;

use super::work;
use crate::{
    error::Result,
    queue::{Job, Running},
};

/// Carries out a run operation.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeRuns {
    /// The operation to carry out.
    pub operation: RunOperationId,
}

impl Job for ChangeRuns {
    const QUEUE: &'static str = "runs.change";
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    async fn run(&self, job: &Running) -> Result<()> {
        loop {
            let step = work::step(&job.ctx, self.operation).await?;
            let looked_at = (step.done + step.failed).unsigned_abs();
            let total = step.total.map(i64::unsigned_abs);
            job.progress(looked_at, total).await?;
            if !step.goes_on {
                return Ok(());
            }
        }
    }
}
