//! The job that creates and sends a link for a new password, if the address has an account.

use serde::{Deserialize, Serialize};

use crate::{
    error::Result,
    mail::Language,
    queue::{ActsAs, Job, Running},
};

/// Sends a link for a new password. The request enqueues it for known and unknown addresses alike,
/// so that its response does not reveal whether an account exists.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendReset {
    /// The address that was entered, in lower case.
    pub email: String,
    /// The language of the person's browser.
    pub language: Language,
}

impl Job for SendReset {
    const QUEUE: &'static str = "passwords.reset";
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        super::send(&job.ctx, job.id, &self.email, self.language).await
    }
}
