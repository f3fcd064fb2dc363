//! The job that writes to those who may decide about a request.
//!
//! Who that is follows from the rights of all members. To read them would make the request slow in a large
//! organization.

use serde::{Deserialize, Serialize};
use types::PublicationId;

use super::letters;
use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Writes to those who may decide about a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellDeciders {
    /// The request.
    pub publication: PublicationId,
}

impl Job for TellDeciders {
    const QUEUE: &'static str = "publications.tell";
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        letters::to_deciders(&job.ctx, self.publication).await
    }
}
