//! The job that asks the model.
//!
//! A model is asked once for each exchange. If the worker dies or stops meanwhile, another attempt finds the
//! exchange begun, and ends it as failed: what the model has written is lost, and a second call would cost again
//! without anybody having asked for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::{CopilotExchangeId, RunId};

use crate::{
    error::Result,
    queue::{ActsAs, Job, Running},
};

/// Asks the model of an exchange, and stores its answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskModel {
    /// The exchange.
    pub exchange: CopilotExchangeId,
    /// The run whose outputs are the answers when the proposal is tried out. Whoever asked may read it.
    #[serde(default)]
    pub answering: Option<RunId>,
}

impl Job for AskModel {
    const QUEUE: &'static str = "copilot.ask";
    const ATTEMPTS: u16 = 4;
    const BACKOFF: Duration = Duration::from_secs(1);
    // Longer than a model may take.
    const TIMEOUT: Duration = Duration::from_secs(420);
    // They wait for the model most of the time.
    const AT_ONCE: usize = 8;
    // An exchange ends whatever happens to whoever asked. They were allowed to when they did.
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        super::work::work(&job.ctx, self.exchange, self.answering).await
    }
}
