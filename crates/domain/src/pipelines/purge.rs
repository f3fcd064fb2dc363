//! Removes pipelines that were deleted long ago.
//!
//! Versions that a run executed stay, since the run is read by them, and with them the pipeline's
//! row, which then cannot be restored.

use serde_json::json;
use types::{OrgId, PipelineId};

use super::{KEPT, repo::purge as rows};
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
    let due = rows::due(&tx, clock.now() - KEPT, BATCH).await?;
    for row in &due {
        let (org, id) = (OrgId(row.org_id), PipelineId(row.id));
        rows::versions(&tx, (org, id)).await?;
        let gone = rows::pipeline(&tx, (org, id)).await?;
        if !gone {
            rows::keep_for_runs(&tx, (org, id), clock.now()).await?;
        }
        let entry = Entry::new("pipeline.purge", "pipeline", id)
            .detail(json!({ "name": row.name, "runsKept": !gone }));
        let actor = Actor::system("FlowMason");
        audit::write_raw(&tx, clock, org, &actor, "purge", entry).await?;
    }
    tx.commit().await?;
    Ok(due.len())
}
