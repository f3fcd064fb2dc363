//! The job that sends an event to an endpoint.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::WebhookMessageId;

use super::deliver;
use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Makes one attempt to send an event. The next attempt is a job of its own, because its pauses are longer
/// than those of the queue; this job is repeated only if the result could not be stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverWebhook {
    /// The event for one endpoint.
    pub message: WebhookMessageId,
}

impl Job for DeliverWebhook {
    const QUEUE: &'static str = "webhooks.deliver";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const AT_ONCE: usize = 8;
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        deliver::attempt(job, self.message).await
    }
}
