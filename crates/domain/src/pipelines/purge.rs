//! Purges pipelines that were deleted more than [`RETENTION`] ago.
//!
//! Versions that a run executed are kept, because reading the run needs them. The pipeline's row is
//! then kept too, but can no longer be restored.

use serde_json::json;
use types::{OrgId, PipelineId};

use super::{RETENTION, repo::purge as rows};
use crate::{
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    tenancy::SystemCtx,
};

/// The largest number of pipelines purged in one transaction.
const BATCH: usize = 20;

/// The largest number of transactions in one call.
const MAX_TRANSACTIONS: usize = 50;

/// Purges pipelines that were deleted more than [`RETENTION`] ago. Returns how many. One call purges at
/// most 1,000 and leaves the rest to the next one.
pub async fn purge(system: &SystemCtx) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MAX_TRANSACTIONS {
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
    let due = rows::due(&tx, clock.now() - RETENTION, BATCH).await?;
    for row in &due {
        let (org, id) = (OrgId(row.org_id), PipelineId(row.id));
        rows::publications(&tx, (org, id)).await?;
        rows::draft(&tx, (org, id)).await?;
        rows::triggers(&tx, (org, id)).await?;
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
