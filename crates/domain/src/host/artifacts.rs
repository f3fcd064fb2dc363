//! Large values of one organization, by the hash of their bytes.

use engine::{
    component::BoxFuture,
    run::{ArtifactError, Artifacts, sha256_hex},
};
use sqlx::Row as _;
use types::OrgId;

use super::{HostError, pools::Pools};

/// One organization's artifacts.
pub(super) struct OrgArtifacts {
    pub pools: Pools,
    pub org: OrgId,
}

const PUT: &str = "INSERT INTO artifacts (org_id, sha256, size, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";
const GET: &str = "SELECT body FROM artifacts WHERE org_id = $1 AND sha256 = $2";

impl OrgArtifacts {
    async fn write(&self, sha256: &str, bytes: &[u8]) -> Result<(), HostError> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        match &self.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[self.org]).await?;
                sqlx::query(PUT)
                    .bind(self.org.0)
                    .bind(sha256)
                    .bind(size)
                    .bind(bytes)
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await
            }
            Pools::Sqlite(lite) => {
                let mut tx = lite.begin().await?;
                sqlx::query(PUT)
                    .bind(self.org.0)
                    .bind(sha256)
                    .bind(size)
                    .bind(bytes)
                    .execute(&mut *tx.tx)
                    .await?;
                tx.commit().await
            }
        }
    }

    async fn read(&self, sha256: &str) -> Result<Option<Vec<u8>>, HostError> {
        match &self.pools {
            Pools::Postgres(pg) => {
                let mut tx = pg.begin(&[self.org]).await?;
                let row = sqlx::query(GET)
                    .bind(self.org.0)
                    .bind(sha256)
                    .fetch_optional(&mut *tx)
                    .await?;
                tx.commit().await?;
                row.map(|row| row.try_get(0)).transpose()
            }
            Pools::Sqlite(lite) => {
                let query = sqlx::query(GET).bind(self.org.0).bind(sha256);
                let row = query.fetch_optional(&lite.pool).await?;
                row.map(|row| row.try_get(0)).transpose()
            }
        }
    }
}

impl Artifacts for OrgArtifacts {
    fn put(&self, bytes: Vec<u8>) -> BoxFuture<'_, Result<String, ArtifactError>> {
        Box::pin(async move {
            let name = sha256_hex(&bytes);
            self.write(&name, &bytes)
                .await
                .map_err(|e| ArtifactError(e.to_string()))?;
            Ok(name)
        })
    }

    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>> {
        Box::pin(async move {
            let bytes = self
                .read(sha256)
                .await
                .map_err(|e| ArtifactError(e.to_string()))?;
            let bytes =
                bytes.ok_or_else(|| ArtifactError(format!("there is no artifact {sha256}")))?;
            // A damaged value is an error, never an answer.
            if sha256_hex(&bytes) != sha256 {
                return Err(ArtifactError(format!("the artifact {sha256} is damaged")));
            }
            Ok(bytes)
        })
    }
}
