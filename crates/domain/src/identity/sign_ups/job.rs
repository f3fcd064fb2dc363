//! The job that writes the letter about a sign-up.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Writes the letter. The request enqueues it whether or not the address has an account, so that its
/// response does not reveal it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendSignUp {
    /// The sign-up.
    pub sign_up: Uuid,
}

impl Job for SendSignUp {
    const QUEUE: &'static str = "sign_ups.send";
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        super::send(&job.ctx, self.sign_up).await
    }
}
