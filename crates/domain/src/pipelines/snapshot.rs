//! Keeping the text of a draft for the runs that execute it.
//!
//! A snapshot is no version: it has no number, is in no list, is never the latest one, and cannot be
//! published. It never changes, so a run of it can be continued after a crash, read and retried like any
//! other, whatever becomes of the draft.

use types::{PipelineId, PipelineVersionId};

use super::{
    PipelineError,
    repo::snapshots::{self, NewSnapshot},
};
use crate::{Ctx, error::Result};

/// Keeps the text that a draft has at a revision, which is always the same one, and returns the id under
/// which it is read like a version. `base` is the version that the draft started from, and its number.
pub(crate) async fn snapshot(
    ctx: &Ctx,
    pipeline: PipelineId,
    revision: i32,
    base: (PipelineVersionId, i32),
    source: &str,
) -> Result<PipelineVersionId> {
    if let Some(known) = snapshots::at(ctx, pipeline, revision).await? {
        return Ok(known);
    }
    let new = NewSnapshot {
        id: PipelineVersionId::new(ctx.clock()),
        pipeline,
        revision,
        base,
        source,
        sha256: engine::run::sha256_hex(source.as_bytes()),
        created_at: ctx.clock().now(),
    };
    let tx = ctx.begin().await?;
    snapshots::insert(&tx, ctx, &new).await?;
    tx.commit().await?;
    // Somebody else may have been faster.
    let known = snapshots::at(ctx, pipeline, revision).await?;
    Ok(known.ok_or(PipelineError::VersionNotFound)?)
}

/// The snapshot of a draft at a revision, if it was kept.
pub(crate) async fn snapshot_at(
    ctx: &Ctx,
    pipeline: PipelineId,
    revision: i32,
) -> Result<Option<PipelineVersionId>> {
    Ok(snapshots::at(ctx, pipeline, revision).await?)
}
