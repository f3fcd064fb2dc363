//! Keeping leases: one statement for all runs of the process.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use sqlx::Row as _;
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools};

// Locked in the order of runs, as the group commit does.
const RENEW: &str = "
WITH mine AS (
    SELECT r.id FROM runs r JOIN UNNEST($2::uuid[], $3::bigint[]) AS m (id, epoch) ON m.id = r.id
    WHERE r.lease_owner = $1 AND r.lease_epoch = m.epoch ORDER BY r.id FOR NO KEY UPDATE OF r
)
UPDATE runs SET lease_until = now() + $4 * interval '1 microsecond'
FROM mine WHERE runs.id = mine.id RETURNING runs.id";

const RENEW_LITE: &str =
    "UPDATE runs SET lease_until = ?4 WHERE id = ?1 AND lease_epoch = ?2 AND lease_owner = ?3";

impl Host {
    /// Renews the leases that have less than two thirds of their time left, and fences the runs
    /// whose lease is no longer ours. To be called a few times per lease.
    pub async fn renew(&self) -> Result<(), HostError> {
        let mut due: Vec<Arc<Lease>> = self.leases().all();
        due.retain(|lease| lease.left() < self.lease_time() * 2 / 3);
        if due.is_empty() {
            return Ok(());
        }
        let before = Instant::now();
        let kept = self.0.pools.in_time(self.renew_rows(&due)).await?;
        for lease in due {
            if kept.contains(&lease.run.0) {
                lease.renewed(before + self.lease_time());
            } else if self.leases().get(lease.run).is_some() {
                tracing::info!(run = %lease.run, epoch = lease.epoch, "lease not renewed; the run stops here");
                lease.fence();
                self.leases().remove(&lease);
            }
        }
        Ok(())
    }

    /// Fences the runs whose lease ends within `margin`: the database could not be asked in time,
    /// and another process may begin with them.
    pub fn fence_ending(&self, margin: Duration) -> usize {
        let mut ended = 0;
        for lease in self.leases().all() {
            if lease.left() <= margin {
                lease.fence();
                self.leases().remove(&lease);
                ended += 1;
            }
        }
        ended
    }

    async fn renew_rows(&self, due: &[Arc<Lease>]) -> Result<HashSet<Uuid>, HostError> {
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let micros = i64::try_from(self.lease_time().as_micros()).unwrap_or(i64::MAX);
                let rows = sqlx::query(RENEW)
                    .bind(&*self.0.owner)
                    .bind(due.iter().map(|lease| lease.run.0).collect::<Vec<_>>())
                    .bind(due.iter().map(|lease| lease.epoch).collect::<Vec<_>>())
                    .bind(micros)
                    .fetch_all(&pg.system())
                    .await?;
                rows.iter().map(|row| row.try_get(0)).collect()
            }
            Pools::Sqlite(lite) => {
                let mut tx = lite.begin().await?;
                let until = Utc::now() + self.lease_time();
                let mut kept = HashSet::new();
                for lease in due {
                    let done = sqlx::query(RENEW_LITE)
                        .bind(lease.run.0)
                        .bind(lease.epoch)
                        .bind(&*self.0.owner)
                        .bind(until)
                        .execute(&mut *tx.tx)
                        .await?;
                    if done.rows_affected() == 1 {
                        kept.insert(lease.run.0);
                    }
                }
                tx.commit().await?;
                Ok(kept)
            }
        }
    }
}
