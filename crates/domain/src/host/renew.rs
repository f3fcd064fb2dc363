//! Renews the leases of all runs of the process.
//!
//! On PostgreSQL this is one statement on its own connection, which never waits for a row lock: a
//! row that one of our commits has locked is renewed at the next attempt. On SQLite one process
//! owns the file, so the leases of a living process cannot end: they do not expire in memory, and
//! the rows are updated as fast as the disk allows.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    Host, HostError,
    lease::Lease,
    pools::{Pools, micros},
    sql::query,
};

const RENEW: &str = "
WITH held AS (
    SELECT r.id, r.org_id, m.epoch FROM runs r
    JOIN UNNEST($2::uuid[], $3::bigint[], $5::uuid[]) AS m (id, epoch, org_id)
        ON m.id = r.id AND m.org_id = r.org_id
    WHERE r.lease_owner = $1 AND r.lease_epoch = m.epoch
), free AS (
    SELECT r.id, r.org_id FROM runs r JOIN held ON held.id = r.id AND held.org_id = r.org_id
    WHERE r.lease_owner = $1 AND r.lease_epoch = held.epoch
    ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
), renewed AS (
    UPDATE runs SET lease_until = now() + $4 * interval '1 microsecond'
    FROM free WHERE runs.id = free.id AND runs.org_id = free.org_id RETURNING runs.id
)
SELECT held.id, renewed.id IS NOT NULL FROM held LEFT JOIN renewed ON renewed.id = held.id";

const RENEW_LITE: &str = "UPDATE runs SET lease_until = ?4
    WHERE id = ?1 AND org_id = ?5 AND lease_epoch = ?2 AND lease_owner = ?3";

/// Longer than any process lives.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Host {
    /// Renews the leases that have less than two thirds of their time left, and fences the runs
    /// whose lease is no longer ours. Must be called a few times per lease duration. Returns how
    /// many rows were locked and have to be retried soon.
    pub async fn renew(&self) -> Result<usize, HostError> {
        let mut due: Vec<Arc<Lease>> = self.leases().all();
        match &self.0.pools {
            Pools::Postgres(_) => due.retain(|lease| lease.left() < self.lease_time() * 2 / 3),
            Pools::Sqlite(_) if self.0.renewed.lock().elapsed() < self.lease_time() / 3 => {
                return Ok(0);
            }
            Pools::Sqlite(_) => {}
        }
        if due.is_empty() {
            return Ok(0);
        }
        let before = Instant::now();
        let kept = self.renew_rows(&due).await?;
        *self.0.renewed.lock() = before;
        let mut again = 0;
        for lease in due {
            if let Some(renewed) = kept.get(&lease.run.0) {
                if *renewed {
                    lease.renewed(self.until(before));
                } else {
                    again += 1;
                }
            } else if self.leases().get(lease.run).is_some() {
                tracing::info!(run = %lease.run, epoch = lease.epoch, "lease not renewed; the run stops in this process");
                lease.fence();
                self.leases().remove(&lease);
            }
        }
        Ok(again)
    }

    /// When a lease that was obtained or renewed at `from` ends.
    pub(super) fn until(&self, from: Instant) -> Instant {
        match &self.0.pools {
            Pools::Postgres(_) => from + self.lease_time(),
            // The lease lasts as long as the process.
            Pools::Sqlite(_) => from + FOREVER,
        }
    }

    /// Fences the runs whose lease ends within `margin`, because another process may claim them
    /// soon: they could not be renewed in time. Returns how many.
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

    /// The runs that are still ours, and whether their rows were renewed.
    async fn renew_rows(&self, due: &[Arc<Lease>]) -> Result<HashMap<Uuid, bool>, HostError> {
        match &self.0.pools {
            Pools::Postgres(pg) => {
                let rows = pg
                    .renewing(|pool| async move {
                        query(RENEW)
                            .bind(&*self.0.owner)
                            .bind(due.iter().map(|lease| lease.run.0).collect::<Vec<_>>())
                            .bind(due.iter().map(|lease| lease.epoch).collect::<Vec<_>>())
                            .bind(micros(self.lease_time()))
                            .bind(due.iter().map(|lease| lease.org.0).collect::<Vec<_>>())
                            .fetch_all(&pool)
                            .await
                    })
                    .await?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            }
            Pools::Sqlite(lite) => {
                let mut tx = lite.begin().await?;
                let until = lite.clock.now() + self.lease_time();
                let mut kept = HashMap::new();
                for lease in due {
                    let done = query(RENEW_LITE)
                        .bind(lease.run.0)
                        .bind(lease.epoch)
                        .bind(&*self.0.owner)
                        .bind(until)
                        .bind(lease.org.0)
                        .execute(&mut *tx.tx)
                        .await?;
                    if done.rows_affected() == 1 {
                        kept.insert(lease.run.0, true);
                    }
                }
                tx.commit().await?;
                Ok(kept)
            }
        }
    }
}
