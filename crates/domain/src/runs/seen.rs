//! Which runs a caller may read who has `run.read` not in the organization, but on folders or pipelines; and
//! the runs that somebody started, which they may read wherever they may start runs.
//!
//! Whoever has it in the organization reads all runs, and nothing here queries the database for them.

use std::collections::HashMap;

use types::PipelineId;

use super::{Run, RunError};
use crate::{
    Ctx,
    access::{Environment, Permission},
    error::{AppError, Result},
};

/// Refuses whoever can read no run at all: neither by a permission to read, nor because they started it.
pub(super) async fn some(ctx: &Ctx) -> Result<()> {
    match ctx.rights.anywhere(Permission::RunStart) {
        true => Ok(()),
        false => ctx.authorize_anywhere(Permission::RunRead).await,
    }
}

/// Those of the runs that the caller may read.
pub(super) async fn those(ctx: &Ctx, runs: Vec<Run>) -> Result<Vec<Run>> {
    if ctx.reads_all(Permission::RunRead) {
        return Ok(runs);
    }
    let pipelines: Vec<PipelineId> = runs.iter().map(|run| run.pipeline).collect();
    let read = ctx.readable(Permission::RunRead, &pipelines).await?;
    let mut starts: HashMap<(PipelineId, Environment), bool> = HashMap::new();
    let mut out = Vec::with_capacity(runs.len());
    for run in runs {
        let is_shown = if read.contains(&run.pipeline) {
            true
        } else if is_own(ctx, &run) {
            let place = (run.pipeline, run.environment);
            match starts.get(&place) {
                Some(known) => *known,
                None => {
                    let start = Permission::RunStart;
                    let missing = ctx.missing_in(start, run.pipeline, run.environment).await?;
                    starts.insert(place, missing.is_empty());
                    missing.is_empty()
                }
            }
        } else {
            false
        };
        if is_shown {
            out.push(run);
        }
    }
    Ok(out)
}

/// Whether the caller started the run.
fn is_own(ctx: &Ctx, run: &Run) -> bool {
    let by = run.started_by_id;
    by.is_some() && by == ctx.actor.id && run.started_by_kind == ctx.actor.kind.as_str()
}

/// Whether the caller may read a run.
pub(super) async fn is_shown(ctx: &Ctx, run: &Run) -> Result<bool> {
    if ctx.reads_all(Permission::RunRead) {
        return Ok(true);
    }
    Ok(!those(ctx, vec![run.clone()]).await?.is_empty())
}

/// Refuses whoever may not read a run that was already read from the database.
pub(super) async fn require(ctx: &Ctx, run: &Run) -> Result<()> {
    some(ctx).await?;
    match is_shown(ctx, run).await? {
        true => Ok(()),
        false => Err(absent(ctx).await),
    }
}

/// The error for a run that does not exist or that the caller may not read: the same for both.
pub(crate) async fn absent(ctx: &Ctx) -> AppError {
    match ctx.authorize_anywhere(Permission::RunRead).await {
        Ok(()) => RunError::NotFound.into(),
        Err(refused) => refused,
    }
}

/// Refuses whoever lacks a permission for what is done to a run. Where they may not read the run either, it
/// does not exist for them.
pub(super) async fn may(ctx: &Ctx, permission: Permission, run: &Run) -> Result<()> {
    let (pipeline, environment) = (run.pipeline, run.environment);
    if is_shown(ctx, run).await? {
        return ctx.authorize_in(permission, pipeline, environment).await;
    }
    let missing = ctx.missing_in(permission, pipeline, environment).await?;
    match missing.is_empty() {
        true => Ok(()),
        false => Err(RunError::NotFound.into()),
    }
}
