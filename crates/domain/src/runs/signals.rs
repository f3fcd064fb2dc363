//! Signals to a run: a row in `run_signals`, and a timer that is due immediately.
//!
//! The timer makes sure that a run which is parked, or is about to be, is claimed again: whoever
//! of the two transactions commits first, a waiting run with a due timer is left. How a run gets its
//! signals is in `host`.

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use types::{Clock, OrgId, RunId};

use super::repo;
use crate::db::Tx;

/// The body of a `cancel` row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelBody {
    /// Who, as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Asks a run to end, in the caller's transaction. After its commit publish
/// [`crate::live::Message::Signalled`], which makes the run see it at once.
pub async fn send_cancel(
    tx: &Tx,
    clock: &Clock,
    (org, run): (OrgId, RunId),
    body: &CancelBody,
) -> Result<(), DbErr> {
    let text = serde_json::to_string(body).map_err(|e| DbErr::Custom(e.to_string()))?;
    repo::signals::insert_cancel(tx, (org, run), clock.new_uuid(), text, clock.now()).await
}
