//! The job that reads a provider's metadata again.

use serde::{Deserialize, Serialize};
use types::SsoProviderId;

use super::reread;
use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Reads the metadata at a provider's address. [`super::enqueue_reads`] enqueues it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadMetadata {
    /// The provider.
    pub provider: SsoProviderId,
}

impl Job for ReadMetadata {
    const QUEUE: &'static str = "sso_providers.read_metadata";
    const ATTEMPTS: u16 = 3;
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        reread::run(&job.ctx, self.provider).await
    }
}
