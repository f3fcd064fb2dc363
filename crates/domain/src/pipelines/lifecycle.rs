//! Deleting, restoring and renaming pipelines. Each operation is idempotent.
//!
//! A deleted pipeline is not listed, accepts no versions and starts no runs. It can be restored for
//! [`RETENTION`]; its runs stay readable forever. Unfinished runs are not stopped.
//!
//! If it is published to production, all of this needs a right there, too; see `published`.

use chrono::TimeDelta;
use serde_json::json;
use types::PipelineId;

use super::{NameFrom, Pipeline, PipelineError, entity, published, repo};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::Result,
    pipelines, text,
};

/// How long a deleted pipeline can be restored.
pub const RETENTION: TimeDelta = TimeDelta::days(30);

/// Deletes a pipeline. Does nothing if it is already deleted.
pub async fn delete(ctx: &Ctx, id: PipelineId) -> Result<Pipeline> {
    ctx.authorize_on(Permission::PipelineWrite, id).await?;
    let (tx, row) = locked(ctx, id).await?;
    if row.deleted_at.is_none() {
        let deleted = (ctx.clock().now(), &*ctx.actor.name);
        repo::set_deleted(&tx, ctx, id, Some(deleted)).await?;
        let entry = Entry::new("pipeline.delete", "pipeline", id);
        audit::write(&tx, ctx, entry.detail(json!({ "name": row.name }))).await?;
    }
    tx.commit().await?;
    pipelines::get(ctx, id).await
}

/// Restores a deleted pipeline. Does nothing if it is not deleted.
pub async fn restore(ctx: &Ctx, id: PipelineId) -> Result<Pipeline> {
    ctx.authorize_on(Permission::PipelineWrite, id).await?;
    let (tx, row) = locked(ctx, id).await?;
    if let Some(deleted) = row.deleted_at {
        // The limit applies even if the purge has not run yet.
        if row.purged_at.is_some() || deleted + RETENTION <= ctx.clock().now() {
            return Err(PipelineError::Purged.into());
        }
        repo::set_deleted(&tx, ctx, id, None).await?;
        let entry = Entry::new("pipeline.restore", "pipeline", id);
        audit::write(&tx, ctx, entry.detail(json!({ "name": row.name }))).await?;
    }
    tx.commit().await?;
    pipelines::get(ctx, id).await
}

/// Gives a pipeline a name that later versions do not change. `None`: its name comes from its file
/// again.
pub async fn rename(ctx: &Ctx, id: PipelineId, name: Option<&str>) -> Result<Pipeline> {
    ctx.authorize_on(Permission::PipelineWrite, id).await?;
    let name = name.map(|name| text::line("name", name, 200)).transpose()?;
    if name.is_none() {
        // Compiled and cached before the transaction, which blocks others.
        let pipeline = pipelines::get(ctx, id).await?;
        pipelines::compiled_by_id(ctx, pipeline.latest_version).await?;
    }
    let (tx, row) = locked(ctx, id).await?;
    if row.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let (name, from) = match name {
        Some(name) => (name, NameFrom::Given),
        None => {
            let latest = repo::latest(&tx, ctx, id).await?;
            let latest = latest.ok_or(PipelineError::NotFound)?;
            let compiled = pipelines::compiled(ctx, &latest.into()).await?;
            let name = text::line("name", &compiled.pipeline.name, 200)?;
            (name, NameFrom::Document)
        }
    };
    if (row.name.as_str(), row.name_from.as_str()) != (name.as_str(), from.as_str()) {
        repo::set_name(&tx, ctx, id, &name, from).await?;
        let detail = json!({ "from": row.name, "to": name, "nameFrom": from.as_str() });
        let entry = Entry::new("pipeline.rename", "pipeline", id);
        audit::write(&tx, ctx, entry.detail(detail)).await?;
    }
    tx.commit().await?;
    pipelines::get(ctx, id).await
}

/// The pipeline, locked, for a caller who may change it.
async fn locked(ctx: &Ctx, id: PipelineId) -> Result<(Tx, entity::Model)> {
    let tx = ctx.begin().await?;
    let row = repo::lock(&tx, ctx, id).await?;
    let row = row.ok_or(PipelineError::NotFound)?;
    Ok((published::may_change(tx, ctx, &row).await?, row))
}
