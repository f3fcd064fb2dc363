//! The job that sends a mail.

use serde::{Deserialize, Serialize};
use types::MailId;

use super::send;
use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Sends a mail of the outbox. The payload has only its id: the content is sealed in the mail's
/// row.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    /// The mail.
    pub mail: MailId,
}

impl Job for SendMail {
    const QUEUE: &'static str = "mails.send";
    /// About six hours of attempts: 5 s after the first, then doubling, up to an hour.
    const ATTEMPTS: u16 = 16;
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        send::attempt(job, self.mail).await
    }
}
