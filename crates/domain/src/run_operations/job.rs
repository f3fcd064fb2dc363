//! The job that changes the runs, batch by batch.
//!
//! The place in the list is kept with the counts, so a job that begins again goes on where it was.
//! A cancellation and its batch's place are one transaction; a retry has an idempotency key of the
//! operation and the run, so doing it over starts nothing twice.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::RunOperationId;

use super::work;
use crate::{
    error::Result,
    queue::{Job, Running},
};

/// Changes many runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeRuns {
    /// Which operation.
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
