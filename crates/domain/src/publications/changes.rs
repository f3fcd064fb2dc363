//! What is new in a run of a version compared with another one, such as the one that is published.

use engine::run_plan::{self, Change};
use types::PipelineVersionId;

use super::current;
use crate::{
    Ctx,
    access::{Environment, Permission},
    error::Result,
    pipelines,
};

/// What a version is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// This version.
    Version(PipelineVersionId),
    /// The version of the same pipeline that is published to this environment.
    Published(Environment),
}

/// A comparison of what the runs of two versions do.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The version that it was compared with.
    pub against: PipelineVersionId,
    /// The number of that version in its pipeline.
    pub against_number: i32,
    /// The differences from that version; empty if there is none.
    pub changes: Vec<Change>,
}

/// Compares what a run of `version` does with what one of the other version does. `None` if nothing is
/// published to the environment.
pub async fn run_plan_changes(
    ctx: &Ctx,
    version: PipelineVersionId,
    against: Against,
) -> Result<Option<Comparison>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let version = pipelines::version_by_id(ctx, version).await?;
    let (old, number) = match against {
        Against::Version(id) => {
            let old = pipelines::version_by_id(ctx, id).await?;
            (old.id, old.number)
        }
        Against::Published(environment) => {
            match current(ctx, version.pipeline, environment).await? {
                Some(published) => (published.version, published.version_number),
                None => return Ok(None),
            }
        }
    };
    let old_compiled = pipelines::compiled_by_id(ctx, old).await?;
    let new_compiled = pipelines::compiled_by_id(ctx, version.id).await?;
    let before = pipelines::run_plan(ctx, old_compiled).await?;
    let now = pipelines::run_plan(ctx, new_compiled).await?;
    Ok(Some(Comparison {
        against: old,
        against_number: number,
        changes: run_plan::changes(&before, &now),
    }))
}
