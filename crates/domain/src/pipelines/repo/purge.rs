//! The statements of the purge: find pipelines that were deleted long ago, and remove them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement};
use types::{OrgId, PipelineId};
use uuid::Uuid;

use crate::Tx;

/// A pipeline that can no longer be restored.
#[derive(Debug, FromQueryResult)]
pub struct DueRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub name: String,
}

/// Pipelines of all organizations that were deleted at or before `cutoff` and not purged, oldest
/// deletion first. Skips rows that another transaction has locked.
pub async fn due(tx: &Tx, cutoff: DateTime<Utc>, limit: usize) -> Result<Vec<DueRow>, DbErr> {
    let lock = if tx.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "/* across organizations: purge */ SELECT id, org_id, name FROM pipelines \
         WHERE deleted_at <= $1 AND deleted_at IS NOT NULL AND purged_at IS NULL \
         ORDER BY deleted_at LIMIT {limit} {lock}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [cutoff.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| DueRow::from_query_result(row, ""))
        .collect()
}

/// Removes what says where its versions were published.
pub async fn publications(tx: &Tx, (org, id): (OrgId, PipelineId)) -> Result<(), DbErr> {
    const SQL: &str = "DELETE FROM publications WHERE org_id = $1 AND pipeline_id = $2";
    tx.execute(SQL, [org.0.into(), id.0.into()]).await.map(drop)
}

/// Removes its draft, with the log of its changes and its pins, and what the co-pilot was asked about it.
pub async fn draft(tx: &Tx, (org, id): (OrgId, PipelineId)) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM draft_pins WHERE org_id = $1 AND pipeline_id = $2",
        "DELETE FROM copilot_exchanges WHERE org_id = $1 AND pipeline_id = $2",
        "DELETE FROM draft_changes WHERE org_id = $1 AND pipeline_id = $2",
        "DELETE FROM drafts WHERE org_id = $1 AND pipeline_id = $2",
    ] {
        tx.execute(sql, [org.0.into(), id.0.into()]).await?;
    }
    Ok(())
}

/// Removes its triggers. Their firings may be very many: pending ones end, because their trigger is gone, and
/// all are removed when they are old.
pub async fn triggers(tx: &Tx, (org, id): (OrgId, PipelineId)) -> Result<(), DbErr> {
    const SQL: &str = "DELETE FROM triggers WHERE org_id = $1 AND pipeline_id = $2";
    tx.execute(SQL, [org.0.into(), id.0.into()]).await.map(drop)
}

/// Removes the versions and the texts of drafts that no run executed. The version that an executed draft
/// had started from stays, too: the pipeline must have a version as long as it has runs.
pub async fn versions(tx: &Tx, (org, id): (OrgId, PipelineId)) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM draft_snapshots WHERE org_id = $1 AND pipeline_id = $2 \
           AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org_id = $1 AND r.pipeline_id = $2 \
             AND r.version_id = draft_snapshots.id)",
        "DELETE FROM pipeline_versions WHERE org_id = $1 AND pipeline_id = $2 \
           AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org_id = $1 AND r.pipeline_id = $2 \
             AND r.version_id = pipeline_versions.id) \
           AND NOT EXISTS (SELECT 1 FROM draft_snapshots s WHERE s.org_id = $1 \
             AND s.pipeline_id = $2 AND s.base_version_id = pipeline_versions.id)",
    ] {
        tx.execute(sql, [org.0.into(), id.0.into()]).await?;
    }
    Ok(())
}

/// Removes the pipeline, unless it has versions left. Returns whether it was removed.
pub async fn pipeline(tx: &Tx, (org, id): (OrgId, PipelineId)) -> Result<bool, DbErr> {
    const SQL: &str = "DELETE FROM pipelines WHERE org_id = $1 AND id = $2 AND NOT EXISTS \
        (SELECT 1 FROM pipeline_versions v WHERE v.org_id = $1 AND v.pipeline_id = $2)";
    Ok(tx.execute(SQL, [org.0.into(), id.0.into()]).await? == 1)
}

/// Keeps the pipeline for the runs that executed its versions. It can no longer be restored.
pub async fn keep_for_runs(
    tx: &Tx,
    (org, id): (OrgId, PipelineId),
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    const SQL: &str = "UPDATE pipelines SET purged_at = $3, idempotency_key = NULL, \
        latest_version_id = \
          (SELECT v.id FROM pipeline_versions v WHERE v.org_id = $1 AND v.pipeline_id = $2 \
           ORDER BY v.number DESC LIMIT 1) \
        WHERE org_id = $1 AND id = $2";
    let values = [org.0.into(), id.0.into(), now.into()];
    tx.execute(SQL, values).await.map(drop)
}
