//! What entry points tell a run: a row in `run_signals`, and a timer that is due at once.
//!
//! The timer makes sure that a run which is parked, or is about to be, is claimed again: whoever
//! of the two transactions commits first, a waiting run with a due timer is left. How a run gets its
//! signals is in `host`.

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use types::{Clock, OrgId, RunId};

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

const SIGNAL: &str = "INSERT INTO run_signals (id, org_id, run_id, kind, body, created_at)
    VALUES ($1, $2, $3, 'cancel', $4, $5)";
const TIMER: &str = "INSERT INTO timers (run_id, org_id, due, kind, key)
    VALUES ($1, $2, now(), 'signal', $3)";
const TIMER_LITE: &str = "INSERT INTO timers (run_id, org_id, due, kind, key)
    VALUES ($1, $2, $4, 'signal', $3)";

/// Asks a run to end, in the caller's transaction. After its commit publish
/// [`crate::live::Message::Signalled`], which makes the run see it at once.
pub async fn send_cancel(
    tx: &Tx,
    clock: &Clock,
    (org, run): (OrgId, RunId),
    body: &CancelBody,
) -> Result<(), DbErr> {
    let id = clock.new_uuid();
    let text = serde_json::to_string(body).map_err(|e| DbErr::Custom(e.to_string()))?;
    let values = [
        id.into(),
        org.0.into(),
        run.0.into(),
        text.into(),
        clock.now().into(),
    ];
    tx.execute(SIGNAL, values).await?;
    let key = id.simple().to_string();
    if tx.is_postgres() {
        tx.execute(TIMER, [run.0.into(), org.0.into(), key.into()])
            .await?;
    } else {
        let values = [run.0.into(), org.0.into(), key.into(), clock.now().into()];
        tx.execute(TIMER_LITE, values).await?;
    }
    Ok(())
}
