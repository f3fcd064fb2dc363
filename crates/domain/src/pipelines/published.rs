//! The right to change a pipeline that is published to production.
//!
//! Deleting it ends new runs in production, restoring it allows them again, and another name tells
//! people there something else about it. So these changes need [`Permission::ProductionUse`] besides the
//! permission for the change itself, as everything that is done in production does.

use types::{FolderId, PipelineId};

use super::{entity, repo};
use crate::{
    Ctx, Tx,
    access::{Environment, Permission},
    error::Result,
};

/// Refuses, with an audit row, if the pipeline is published to production and the caller may not act
/// there. `row` is [locked](repo::lock) in the transaction, so that nobody publishes or moves the pipeline
/// meanwhile. A grant on the pipeline, its folder or the environment suffices.
pub async fn may_change(tx: Tx, ctx: &Ctx, row: &entity::Model) -> Result<Tx> {
    let (id, needed) = (PipelineId(row.id), Permission::ProductionUse);
    let place = (id, row.folder_id.map(FolderId));
    let own = ctx
        .rights
        .at(place.0, place.1, Some(Environment::Production));
    if own.has(needed) || !repo::is_in_production(&tx, ctx, id).await? {
        return Ok(tx);
    }
    // The refusal is written in a separate transaction, which would wait for this one.
    tx.rollback().await?;
    let message = format!(
        "The pipeline is published to production, so this requires the permission `{needed}` as well; \
         ask somebody who has it"
    );
    Err(ctx.refuse(needed, message).await)
}
