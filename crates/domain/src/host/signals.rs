//! How a run gets the signals that entry points wrote (`runs::signals`).

use std::{collections::HashSet, sync::Arc};

use engine::run::Signal;
use sqlx::Row as _;
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools, sql::query};
use crate::runs::signals::CancelBody;

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
        const PG: &str =
            "/* across organizations: signals */ SELECT id, run_id, kind, body FROM run_signals
            WHERE seen_at IS NULL AND run_id = ANY ($1) ORDER BY id";
        // The unseen ones of all runs are few; one process is asked about all of them.
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
