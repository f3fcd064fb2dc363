//! Sends signals to a run: a row in `run_signals`, and a timer that is due immediately.
//!
//! The timer ensures that a run that is parked, or is being parked, is claimed again: whichever of
//! the two transactions commits first, the result is a waiting run with a due timer. `host`
//! delivers signals to runs.

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use types::{Clock, OrgId, RunId};

use super::repo;
use crate::db::Tx;

/// The body of a `cancel` signal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelBody {
    /// The display name of the actor who cancelled the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The reason that the actor gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Requests the cancellation of a run, in the caller's transaction. After the commit, publish
/// [`crate::live::Message::Signalled`], so that the run receives the signal at once.
pub async fn send_cancel(
    tx: &Tx,
    clock: &Clock,
    (org, run): (OrgId, RunId),
    body: &CancelBody,
) -> Result<(), DbErr> {
    let text = serde_json::to_string(body).map_err(|e| DbErr::Custom(e.to_string()))?;
    repo::signals::insert_cancel(tx, (org, run), clock.new_uuid(), text, clock.now()).await
}
