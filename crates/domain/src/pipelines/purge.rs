//! What was deleted long ago goes for good.
//!
//! Versions that a run executed stay, since the run is read by them, and with them the pipeline's
//! row, which then cannot be restored.

#![allow(
    clippy::disallowed_methods,
    reason = "rows of all organizations, as the system role"
)]

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use types::{OrgId, PipelineId};
use uuid::Uuid;

use super::KEPT;
use crate::{
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    tenancy::SystemCtx,
};

/// Pipelines purged in one transaction.
const BATCH: usize = 20;

/// Transactions in one call.
const MOST: usize = 50;

/// Purges what has been deleted for longer than [`KEPT`]. Gives how many pipelines; a call that
/// finds very many leaves the rest to the next one.
pub async fn purge(system: &SystemCtx) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MOST {
        let done = batch(system).await?;
        all += done;
        if done < BATCH {
            break;
        }
    }
    Ok(all)
}

async fn batch(system: &SystemCtx) -> Result<usize> {
    let clock = system.app.clock();
    let tx = system.begin_across().await?;
    let lock = if tx.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "SELECT id, org_id, name FROM pipelines \
         WHERE deleted_at <= $1 AND deleted_at IS NOT NULL AND purged_at IS NULL \
         ORDER BY deleted_at LIMIT {BATCH} {lock}"
    );
    let backend = tx.conn().get_database_backend();
    let cutoff = clock.now() - KEPT;
    let rows = tx
        .conn()
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            sql,
            [cutoff.into()],
        ))
        .await?;
    for row in &rows {
        let id: Uuid = row.try_get("", "id")?;
        let org: Uuid = row.try_get("", "org_id")?;
        let name: String = row.try_get("", "name")?;
        tx.execute(
            "DELETE FROM pipeline_versions WHERE org_id = $1 AND pipeline_id = $2 AND NOT EXISTS \
               (SELECT 1 FROM runs r WHERE r.org_id = $1 AND r.pipeline_id = $2 \
                  AND r.version_id = pipeline_versions.id)",
            [org.into(), id.into()],
        )
        .await?;
        let gone = tx
            .execute(
                "DELETE FROM pipelines WHERE org_id = $1 AND id = $2 AND NOT EXISTS \
                   (SELECT 1 FROM pipeline_versions v WHERE v.org_id = $1 AND v.pipeline_id = $2)",
                [org.into(), id.into()],
            )
            .await?;
        if gone == 0 {
            tx.execute(
                "UPDATE pipelines SET purged_at = $3, idempotency_key = NULL, latest_version_id = \
                   (SELECT v.id FROM pipeline_versions v WHERE v.org_id = $1 AND v.pipeline_id = $2 \
                    ORDER BY v.number DESC LIMIT 1) \
                 WHERE org_id = $1 AND id = $2",
                [org.into(), id.into(), clock.now().into()],
            )
            .await?;
        }
        let entry = Entry::new("pipeline.purge", "pipeline", PipelineId(id))
            .detail(json!({ "name": name, "runsKept": gone == 0 }));
        let actor = Actor::system("FlowMason");
        audit::write_raw(&tx, clock, OrgId(org), &actor, "purge", entry).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}
