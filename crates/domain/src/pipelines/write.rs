//! Importing a file as a pipeline, and pushing the next version.

use serde_json::json;
use types::{PipelineId, PipelineVersionId};

use super::{Compiled, MAX_SOURCE, Pipeline, PipelineError, Version, entity, repo, version};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    text,
};

/// Makes a pipeline of a file. Its name is the file's unless one is given. A file with errors is
/// refused with all of its findings.
pub async fn create(ctx: &Ctx, source: &str, name: Option<&str>) -> Result<(Pipeline, Version)> {
    ctx.authorize(Permission::PipelineWrite).await?;
    let compiled = read(ctx, source)?;
    let name = text::line("name", name.unwrap_or(&compiled.pipeline.name), 200)?;
    let description = description(&compiled)?;
    let now = ctx.clock().now();
    let id = PipelineId::new(ctx.clock());
    let first = new_version(ctx, id, 1, source);
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        name_folded: types::fold(&name),
        name,
        description,
        latest_version_id: first.id,
        created_at: now,
        updated_at: now,
    };
    let tx = ctx.begin().await?;
    repo::insert(&tx, &row).await?;
    repo::insert_version(&tx, &first).await?;
    let detail = json!({ "name": row.name, "sha256": first.sha256 });
    audit::write(
        &tx,
        ctx,
        Entry::new("pipeline.create", "pipeline", id).detail(detail),
    )
    .await?;
    tx.commit().await?;
    let pipeline = repo::PipelineRow {
        pipeline: row,
        latest_number: 1,
        last_run: None,
    };
    Ok((pipeline.into(), first.into()))
}

/// Makes the next version of a pipeline, unless the bytes are the latest version's. Gives the
/// version, and whether it is new.
pub async fn push(ctx: &Ctx, pipeline: PipelineId, source: &str) -> Result<(Version, bool)> {
    ctx.authorize(Permission::PipelineWrite).await?;
    // First whether it is there: a faulty text must not tell more than a good one.
    super::get(ctx, pipeline).await?;
    let compiled = read(ctx, source)?;
    let description = description(&compiled)?;
    let tx = ctx.begin().await?;
    let latest = repo::lock_latest(&tx, ctx, pipeline)
        .await?
        .ok_or(PipelineError::NotFound)?;
    if latest.source == source {
        return Ok((latest.into(), false));
    }
    let next = new_version(ctx, pipeline, latest.number + 1, source);
    repo::insert_version(&tx, &next).await?;
    repo::set_latest(&tx, ctx, &next, &description, next.created_at).await?;
    let detail = json!({ "number": next.number, "sha256": next.sha256 });
    audit::write(
        &tx,
        ctx,
        Entry::new("pipeline.push", "pipeline", pipeline).detail(detail),
    )
    .await?;
    tx.commit().await?;
    Ok((next.into(), true))
}

fn read(ctx: &Ctx, source: &str) -> Result<Compiled> {
    if source.len() > MAX_SOURCE {
        return Err(PipelineError::TooLarge(source.len()).into());
    }
    let compiled = Compiled::new(source, ctx.app.registry()).map_err(PipelineError::Faulty)?;
    compiled.plan()?;
    // JSON has no raw NUL, but a checker that lets one pass must not break the insert.
    text::no_nul("source", source)?;
    Ok(compiled)
}

fn description(compiled: &Compiled) -> Result<String> {
    text::no_nul("description", &compiled.pipeline.description)?;
    Ok(compiled.pipeline.description.clone())
}

fn new_version(ctx: &Ctx, pipeline: PipelineId, number: i32, source: &str) -> version::Model {
    version::Model {
        id: PipelineVersionId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        number,
        source: source.to_owned(),
        sha256: engine::run::sha256_hex(source.as_bytes()),
        created_by: ctx.actor.id.filter(|_| ctx.actor.kind == ActorKind::User),
        created_at: ctx.clock().now(),
    }
}

impl From<Vec<engine::check::Diagnostic>> for AppError {
    fn from(problems: Vec<engine::check::Diagnostic>) -> Self {
        PipelineError::Faulty(problems).into()
    }
}
