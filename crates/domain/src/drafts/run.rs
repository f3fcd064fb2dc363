//! Running a draft.

use std::sync::Arc;

use engine::{check::Diagnostic, run::Selection};
use serde_json::Value as Json;
use types::{PipelineId, PipelineVersionId, RunId};

use super::{edit::opened, entity, pins, save::unmoved};
use crate::{
    Ctx,
    access::{Environment, Permission},
    error::Result,
    pipelines::{self, PipelineError},
    runs::{self, DraftStart, Run},
    text,
};

/// How a draft is run.
#[derive(Clone, Debug, Default)]
pub struct RunDraft {
    /// The revision that the caller has seen.
    pub revision: i32,
    /// The input; absent: the sample input of the file, or none.
    pub input: Option<Json>,
    /// Which stages are executed.
    pub selection: Selection,
    /// A finished run of the pipeline. What is not executed has its results; if everything is, those of
    /// stages that did not change are taken over.
    pub reuse: Option<RunId>,
    /// Idempotency key: requests with the same key start one run.
    pub idempotency_key: Option<String>,
}

/// Starts a run of the text that a draft has at a revision, in development. A draft with errors is refused
/// with all of them.
pub async fn run(ctx: &Ctx, pipeline: PipelineId, how: RunDraft) -> Result<Run> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    ctx.authorize_in(Permission::RunStart, pipeline, Environment::default())
        .await?;
    let (row, _) = opened(ctx, pipeline).await?;
    let snapshot = match unmoved(&row, how.revision) {
        Ok(()) => checked(ctx, &row).await?,
        Err(moved) => repeated(ctx, pipeline, &how).await?.ok_or(moved)?,
    };
    let target = pipelines::target(ctx, pipeline, None).await?;
    let target = target.ok_or(PipelineError::NotFound)?;
    let pins = pins::journalled(ctx, pipeline).await?;
    let start = DraftStart {
        pipeline,
        pipeline_name: target.pipeline_name,
        snapshot,
        revision: how.revision,
        input: how.input,
        selection: how.selection,
        reuse: how.reuse,
        pins,
        idempotency_key: how.idempotency_key,
    };
    runs::start_draft(ctx, start).await
}

/// The snapshot of a draft without errors.
async fn checked(ctx: &Ctx, row: &entity::Model) -> Result<PipelineVersionId> {
    let source: Arc<str> = row.source.as_str().into();
    let problems = pipelines::problems(ctx, &source).await?;
    if problems.iter().any(Diagnostic::is_error) {
        return Err(PipelineError::Faulty(problems.to_vec()).into());
    }
    let base = (PipelineVersionId(row.base_version_id), row.base_number);
    let pipeline = PipelineId(row.pipeline_id);
    pipelines::snapshot(ctx, pipeline, row.revision, base, &source).await
}

/// The snapshot of a run that was started before the draft was changed, if this request is sent again: the
/// answer to the first one may have been lost.
async fn repeated(
    ctx: &Ctx,
    pipeline: PipelineId,
    how: &RunDraft,
) -> Result<Option<PipelineVersionId>> {
    let key = text::idempotency_key(how.idempotency_key.as_deref())?;
    match key {
        Some(key) if runs::is_key_used(ctx, &key).await? => {
            pipelines::snapshot_at(ctx, pipeline, how.revision).await
        }
        _ => Ok(None),
    }
}
