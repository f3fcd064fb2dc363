//! Delivers the signals that entry points wrote (`runs::signals`) to the runs of this process.

use std::{collections::HashSet, sync::Arc};

use engine::run::Signal;
use sqlx::Row as _;
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools, sql::query};
use crate::runs::signals::CancelBody;

impl Host {
    /// Delivers unseen signals to these runs. Each signal is delivered once per lease.
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
                tracing::warn!(run = %lease.run, kind, "ignoring a signal of an unknown kind");
                continue;
            }
            // A cancel signal with an unreadable body still cancels the run.
            let CancelBody { by, reason } = serde_json::from_str(&body).unwrap_or_default();
            lease.deliver(id, Signal::Cancel { by, reason });
        }
        Ok(())
    }

    async fn unseen(
        &self,
        runs: &HashSet<Uuid>,
    ) -> Result<Vec<(Uuid, Uuid, String, String)>, HostError> {
        const PG: &str =
            "/* across organizations: signals */ SELECT id, run_id, kind, body FROM run_signals
            WHERE seen_at IS NULL AND run_id = ANY ($1) ORDER BY id";
        // One process drives all runs here, and few signals are unseen, so all are read.
        const LITE: &str = "/* across organizations: signals */ SELECT id, run_id, kind, body
            FROM run_signals WHERE seen_at IS NULL ORDER BY id";
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let runs: Vec<Uuid> = runs.iter().copied().collect();
                let rows = query(PG).bind(runs).fetch_all(&pg.system()).await?;
                rows.iter()
                    .map(|r| Ok((r.try_get(0)?, r.try_get(1)?, r.try_get(2)?, r.try_get(3)?)))
                    .collect()
            }
            Pools::Sqlite(lite) => {
                let rows = query(LITE).fetch_all(&lite.pool).await?;
                rows.iter()
                    .map(|r| Ok((r.try_get(0)?, r.try_get(1)?, r.try_get(2)?, r.try_get(3)?)))
                    .collect()
            }
        }
    }
}
