//! Large values of one organization, stored by the hash of their bytes.
//!
//! Storing and reading are idempotent, so during an outage they are retried for as long as the
//! run's lease lasts: an outage must not fail the run.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    HostError,
    lease::Lease,
    pools::{Fault, Pools, fault},
    sql::query,
};
use engine::{
    component::BoxFuture,
    run::{ArtifactError, Artifacts, sha256_hex},
};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_millis(500);

/// The artifacts of a run's organization.
pub(super) struct LeasedArtifacts {
    pub pools: Pools,
    pub lease: Arc<Lease>,
}

const PUT: &str = "INSERT INTO artifacts (org_id, sha256, size, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";
const GET: &str = "SELECT body FROM artifacts WHERE org_id = $1 AND sha256 = $2";

const GET_MANY: &str = "SELECT sha256, body FROM artifacts WHERE org_id = $1 AND sha256 = ANY($2)";
const GET_MANY_LITE: &str = "SELECT sha256, body FROM artifacts
    WHERE org_id = $1 AND sha256 IN (SELECT value FROM json_each($2))";

impl LeasedArtifacts {
    /// Called after a failed attempt: waits before the next one, or returns an error if the data
    /// itself was refused or the lease ended.
    async fn again(&self, error: HostError, pause: &mut Duration) -> Result<(), ArtifactError> {
        if fault(&error) == Fault::Data || !self.lease.is_held() {
            // The database's message goes to the log only: the organization reads the run's error.
            tracing::error!(%error, run = %self.lease.run, "giving up on an artifact");
            let why = "a large value of the run could not be stored or read";
            return Err(ArtifactError(why.to_owned()));
        }
        tracing::warn!(%error, run = %self.lease.run, "storing or reading an artifact failed; retrying");
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(MAX_PAUSE);
        Ok(())
    }

    async fn write(&self, sha256: &str, bytes: &[u8]) -> Result<(), HostError> {
        let org = self.lease.org;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        match &self.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[org]).await?;
                query(PUT)
                    .bind(org.0)
                    .bind(sha256)
                    .bind(size)
                    .bind(bytes)
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await
            }
            Pools::Sqlite(lite) => {
                let mut tx = lite.begin().await?;
                query(PUT)
                    .bind(org.0)
                    .bind(sha256)
                    .bind(size)
                    .bind(bytes)
                    .execute(&mut *tx.tx)
                    .await?;
                tx.commit().await
            }
        }
    }

    /// Reads the artifacts with these hashes in one statement. The result is unordered; missing
    /// artifacts are left out.
    async fn read_many(&self, names: &[String]) -> Result<Vec<(String, Vec<u8>)>, HostError> {
        let org = self.lease.org;
        match &self.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[org]).await?;
                let rows = query(GET_MANY)
                    .bind(org.0)
                    .bind(names)
                    .fetch_all(&mut *tx)
                    .await?;
                tx.commit().await?;
                let pair = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
                rows.iter().map(pair).collect()
            }
            Pools::Sqlite(lite) => {
                let names = serde_json::to_string(names).unwrap_or_default();
                let query = query(GET_MANY_LITE).bind(org.0).bind(names);
                let rows = query.fetch_all(&lite.pool).await?;
                let pair = |row: &SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?));
                rows.iter().map(pair).collect()
            }
        }
    }

    async fn read(&self, sha256: &str) -> Result<Option<Vec<u8>>, HostError> {
        let org = self.lease.org;
        match &self.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[org]).await?;
                let row = query(GET)
                    .bind(org.0)
                    .bind(sha256)
                    .fetch_optional(&mut *tx)
                    .await?;
                tx.commit().await?;
                row.map(|row| row.try_get(0)).transpose()
            }
            Pools::Sqlite(lite) => {
                let query = query(GET).bind(org.0).bind(sha256);
                let row = query.fetch_optional(&lite.pool).await?;
                row.map(|row| row.try_get(0)).transpose()
            }
        }
    }
}

impl Artifacts for LeasedArtifacts {
    fn put<'a>(
        &'a self,
        sha256: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>> {
        Box::pin(async move {
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.pools.in_long_time(self.write(sha256, &bytes)).await {
                self.again(error, &mut pause).await?;
            }
            Ok(())
        })
    }

    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>> {
        Box::pin(async move {
            let mut pause = FIRST_PAUSE;
            let bytes = loop {
                match self.pools.in_long_time(self.read(sha256)).await {
                    Ok(bytes) => break bytes,
                    Err(error) => self.again(error, &mut pause).await?,
                }
            };
            let bytes =
                bytes.ok_or_else(|| ArtifactError(format!("there is no artifact {sha256}")))?;
            // Never return a damaged value.
            if sha256_hex(&bytes) != sha256 {
                return Err(ArtifactError(format!("the artifact {sha256} is damaged")));
            }
            Ok(bytes)
        })
    }

    fn get_many<'a>(
        &'a self,
        names: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>, ArtifactError>> {
        Box::pin(async move {
            let mut pause = FIRST_PAUSE;
            let found = loop {
                match self.pools.in_long_time(self.read_many(names)).await {
                    Ok(found) => break found,
                    Err(error) => self.again(error, &mut pause).await?,
                }
            };
            let mut found: HashMap<String, Vec<u8>> = found.into_iter().collect();
            let take = |name: &String| {
                let bytes = found.remove(name);
                bytes.ok_or_else(|| ArtifactError(format!("there is no artifact {name}")))
            };
            names.iter().map(take).collect()
        })
    }
}
