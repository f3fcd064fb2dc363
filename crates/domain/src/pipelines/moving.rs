//! Moving pipelines to folders.
//!
//! That changes what grants on folders give. Like a grant, it therefore needs rights in the whole
//! organization: a right that is granted on a folder or on the pipeline does not suffice.

use serde_json::json;
use types::{FolderId, PipelineId};

use super::{Pipeline, PipelineError, repo};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::Result,
    folders, pipelines,
};

/// Moves a pipeline to a folder, or out of its folder. The caller needs the permissions that grants on
/// the new folder give, because whoever has these grants gets them on the pipeline. Does nothing if the
/// pipeline is already there.
pub async fn move_to(ctx: &Ctx, id: PipelineId, folder: Option<FolderId>) -> Result<Pipeline> {
    ctx.authorize(Permission::PipelineWrite).await?;
    let mut tx = ctx.begin().await?;
    let target = match folder {
        Some(folder) => Some(folders::locked(&tx, ctx, folder).await?),
        None => None,
    };
    let row = repo::lock(&tx, ctx, id).await?;
    let row = row.ok_or(PipelineError::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let from = row.folder_id.map(FolderId);
    if from != folder {
        if let Some(target) = &target {
            tx = folders::gives(tx, ctx, target, "folderId").await?;
        }
        repo::set_folder(&tx, ctx, id, folder).await?;
        let name = target.map(|target| target.name);
        let detail = json!({ "name": row.name, "from": from, "to": folder, "folder": name });
        let entry = Entry::new("pipeline.move", "pipeline", id).detail(detail);
        audit::write(&tx, ctx, entry).await?;
    }
    tx.commit().await?;
    pipelines::get(ctx, id).await
}
