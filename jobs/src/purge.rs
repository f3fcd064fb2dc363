//! Removes what is over: pipelines that were deleted long ago and uploads that expired.
//!
//! That may be many megabytes, so it is work beside the parts that look at intervals.

use domain::{SystemCtx, pipelines, uploads};

/// Removes what is over by now.
pub async fn purge(system: SystemCtx) {
    match pipelines::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "purged pipelines that were deleted long ago"),
        Err(error) => tracing::warn!(%error, "could not purge deleted pipelines"),
    }
    match uploads::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed uploads that had expired"),
        Err(error) => tracing::warn!(%error, "could not remove expired uploads"),
    }
}
