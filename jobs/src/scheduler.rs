//! Fires triggers: looks regularly for those that are due, and starts their runs.
//!
//! Every worker has a scheduler. They share the work: each claims what it does, and what one did is not
//! done again (`domain::triggers`).

use std::{sync::Arc, time::Duration};

use domain::triggers;
use tokio::{select, time};

use crate::shared::Shared;

/// The part's name in logs and in the readiness check.
pub const PART: &str = "scheduler";
/// How often due triggers are looked for. It is one statement that reads an index.
const PAUSE: Duration = Duration::from_millis(500);
/// The maximum interval while the database returns errors.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// Runs until the worker closes.
pub async fn run(shared: Arc<Shared>) {
    let mut pause = PAUSE;
    while !shared.closing.is_cancelled() {
        shared.health.moves(PART);
        pause = match triggers::tick(&shared.system).await {
            Ok(true) => continue,
            Ok(false) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "triggers could not be fired; retrying");
                (pause * 2).min(MAX_PAUSE)
            }
        };
        select! {
            () = shared.closing.cancelled() => return,
            () = time::sleep(pause) => {}
        }
    }
}
