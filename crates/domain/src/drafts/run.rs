//! Running a draft.

use std::sync::Arc;

use engine::{check::Diagnostic, run::Selection};
use serde_json::Value as Json;
use types::{PipelineId, PipelineVersionId, RunId};

use super::{edit::opened, pins, save::unmoved};
use crate::{
    Ctx,
    access::{Environment, Permission},
    error::Result,
    pipelines::{self, PipelineError},
    runs::{self, DraftStart, Run},
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
    ctx.authorize(Permission::PipelineRead).await?;
    ctx.authorize_in(Permission::RunStart, pipeline, Environment::default())
        .await?;
    let (row, _) = opened(ctx, pipeline).await?;
    unmoved(&row, how.revision)?;
    let source: Arc<str> = row.source.as_str().into();
    let problems = pipelines::problems(ctx, &source).await?;
    if problems.iter().any(Diagnostic::is_error) {
        return Err(PipelineError::Faulty(problems.to_vec()).into());
    }
    let target = pipelines::target(ctx, pipeline, None).await?;
    let target = target.ok_or(PipelineError::NotFound)?;
    let base = (PipelineVersionId(row.base_version_id), row.base_number);
    let pins = pins::journalled(ctx, pipeline).await?;
    let snapshot = pipelines::snapshot(ctx, pipeline, row.revision, base, &source).await?;
    let start = DraftStart {
        pipeline,
        pipeline_name: target.pipeline_name,
        snapshot,
        revision: row.revision,
        input: how.input,
        selection: how.selection,
        reuse: how.reuse,
        pins,
        idempotency_key: how.idempotency_key,
    };
    runs::start_draft(ctx, start).await
}
