//! What entry points tell a run: a row in `run_signals`, a timer that is due at once, a live message.
//!
//! The timer makes sure that a run which is parked, or is about to be, is claimed again: whoever
//! of the two transactions commits first, a waiting run with a due timer is left.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

use std::{collections::HashSet, sync::Arc};

use engine::run::Signal;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use types::{Clock, OrgId, RunId};
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools};
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

impl Host {
    /// Hands these runs the signals that they have not seen. A signal is given once per lease.
    pub async fn deliver_signals(&self, leases: &[Arc<Lease>]) -> Result<(), HostError> {
        if leases.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<Uuid> = leases.iter().map(|lease| lease.run.0).collect();
        for (id, run, kind, body) in self.0.pools.in_time(self.unseen(&wanted)).await? {
            let Some(lease) = leases.iter().find(|lease| lease.run.0 == run) else {
                continue;
            };
            if kind != "cancel" {
                tracing::warn!(run = %lease.run, kind, "a signal of an unknown kind is left alone");
                continue;
            }
            // A body that cannot be read still means: cancel.
            let CancelBody { by, reason } = serde_json::from_str(&body).unwrap_or_default();
            lease.deliver(id, Signal::Cancel { by, reason });
        }
        Ok(())
    }

    async fn unseen(
        &self,
        runs: &HashSet<Uuid>,
    ) -> Result<Vec<(Uuid, Uuid, String, String)>, HostError> {
        const PG: &str = "SELECT id, run_id, kind, body FROM run_signals
            WHERE seen_at IS NULL AND run_id = ANY ($1) ORDER BY id";
        // The unseen ones of all runs are few; one process is asked about all of them.
        const LITE: &str =
            "SELECT id, run_id, kind, body FROM run_signals WHERE seen_at IS NULL ORDER BY id";
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let runs: Vec<Uuid> = runs.iter().copied().collect();
                let rows = sqlx::query(PG).bind(runs).fetch_all(&pg.system()).await?;
                rows.iter()
                    .map(|r| Ok((r.try_get(0)?, r.try_get(1)?, r.try_get(2)?, r.try_get(3)?)))
                    .collect()
            }
            Pools::Sqlite(lite) => {
                let rows = sqlx::query(LITE).fetch_all(&lite.pool).await?;
                rows.iter()
                    .map(|r| Ok((r.try_get(0)?, r.try_get(1)?, r.try_get(2)?, r.try_get(3)?)))
                    .collect()
            }
        }
    }
}
