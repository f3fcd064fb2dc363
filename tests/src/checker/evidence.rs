//! The rows that the checker examines. They are read as the database's owner, to whom no row policy
//! applies.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, Database, DbErr, QueryResult, Statement};
use types::{OrgId, RunId};
use uuid::Uuid;

/// A row of `runs`.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// The id as text.
    pub id: String,
    /// The organization's id as text.
    pub org: String,
    /// The status.
    pub status: String,
    /// The lease epoch: the number of leases so far, one per holder.
    pub epoch: i64,
    /// Whether a worker still holds a lease.
    pub leased: bool,
}

/// A row of `journal`.
#[derive(Clone, Debug)]
pub struct SegmentRow {
    /// The run's id as text.
    pub run: String,
    /// The number of its first event.
    pub first_seq: i64,
    /// The number of events.
    pub count: i64,
    /// The epoch of the lease that wrote it.
    pub epoch: i64,
    /// The events, encoded.
    pub body: Vec<u8>,
}

/// All data about runs in the database.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The runs.
    pub runs: Vec<RunRow>,
    /// Their journals, sorted by run and number.
    pub segments: Vec<SegmentRow>,
    /// Organization and hash of every stored artifact.
    pub artifacts: HashSet<(String, String)>,
    /// Runs whose start has an audit row.
    pub audited_starts: HashSet<String>,
}

/// Reads a database by its owner's URL.
pub async fn read_evidence(url: &str) -> Result<Evidence, DbErr> {
    let db = Database::connect(url).await?;
    let rows = async |sql: &str| -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
    };
    let mut evidence = Evidence::default();
    for row in rows("SELECT id, org_id, status, lease_epoch, lease_owner FROM runs").await? {
        evidence.runs.push(RunRow {
            id: RunId(row.try_get::<Uuid>("", "id")?).to_string(),
            org: OrgId(row.try_get::<Uuid>("", "org_id")?).to_string(),
            status: row.try_get("", "status")?,
            epoch: row.try_get("", "lease_epoch")?,
            leased: row.try_get::<Option<String>>("", "lease_owner")?.is_some(),
        });
    }
    let journal = "SELECT run_id, first_seq, count, epoch, body FROM journal \
                   ORDER BY run_id, first_seq";
    for row in rows(journal).await? {
        evidence.segments.push(SegmentRow {
            run: RunId(row.try_get::<Uuid>("", "run_id")?).to_string(),
            first_seq: row.try_get("", "first_seq")?,
            count: i64::from(row.try_get::<i32>("", "count")?),
            epoch: row.try_get("", "epoch")?,
            body: row.try_get("", "body")?,
        });
    }
    for row in rows("SELECT org_id, sha256 FROM artifacts").await? {
        let org = OrgId(row.try_get::<Uuid>("", "org_id")?).to_string();
        evidence.artifacts.insert((org, row.try_get("", "sha256")?));
    }
    let audit = "SELECT object_id FROM audit WHERE action IN ('run.start', 'run.retry')";
    for row in rows(audit).await? {
        evidence
            .audited_starts
            .insert(row.try_get("", "object_id")?);
    }
    db.close().await?;
    Ok(evidence)
}
