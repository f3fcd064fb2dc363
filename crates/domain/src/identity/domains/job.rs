//! The job that checks a domain's record again.

use serde::{Deserialize, Serialize};
use types::DomainId;

use super::{check, repo};
use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Looks up the record of a domain, proved or not. [`super::enqueue_checks`] enqueues it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckDomain {
    /// The domain.
    pub domain: DomainId,
}

impl Job for CheckDomain {
    const QUEUE: &'static str = "domains.check";
    const ATTEMPTS: u16 = 3;
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        // It may have been removed since.
        let Some(row) = repo::find(&job.ctx, self.domain).await? else {
            return Ok(());
        };
        check::run(&job.ctx, row).await
    }
}
