//! Writes of signals to runs.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use types::{OrgId, RunId};
use uuid::Uuid;

use crate::Tx;

const SIGNAL: &str = "INSERT INTO run_signals (id, org_id, run_id, kind, body, created_at)
    VALUES ($1, $2, $3, 'cancel', $4, $5)";
const TIMER: &str = "INSERT INTO timers (run_id, org_id, due, kind, key)
    VALUES ($1, $2, now(), 'signal', $3)";
const TIMER_LITE: &str = "INSERT INTO timers (run_id, org_id, due, kind, key)
    VALUES ($1, $2, $4, 'signal', $3)";

/// Writes a `cancel` signal, and a timer that is due immediately, with the signal's id as its key.
pub async fn insert_cancel(
    tx: &Tx,
    (org, run): (OrgId, RunId),
    id: Uuid,
    body: String,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let values = [
        id.into(),
        org.0.into(),
        run.0.into(),
        body.into(),
        now.into(),
    ];
    tx.execute(SIGNAL, values).await?;
    let key = id.simple().to_string();
    if tx.is_postgres() {
        tx.execute(TIMER, [run.0.into(), org.0.into(), key.into()])
            .await?;
    } else {
        let values = [run.0.into(), org.0.into(), key.into(), now.into()];
        tx.execute(TIMER_LITE, values).await?;
    }
    Ok(())
}
