//! Starting runs of drafts: what they execute, and where their other results come from.

use engine::{
    Value,
    run::{Begin, OldRun, Pinned, ReusedEvents, RowValue, Selection, Unchanged, selected},
};
use serde_json::Value as Json;
use types::{PipelineId, PipelineVersionId, RunId};

use super::{
    Run, RunError, details, input, repo,
    start::{New, Reuse, earlier, ready},
};
use crate::{
    Ctx,
    access::{Environment, Permission},
    blocking::blocking,
    error::{AppError, Result},
    pipelines, text,
};

/// A run of a draft to start.
pub(crate) struct DraftStart {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Its name.
    pub pipeline_name: String,
    /// The snapshot of the draft's text.
    pub snapshot: PipelineVersionId,
    /// The revision that it is of.
    pub revision: i32,
    /// The input; absent: the sample input of the file, or none.
    pub input: Option<Json>,
    /// Which stages are executed.
    pub selection: Selection,
    /// The run that the other results come from.
    pub reuse: Option<RunId>,
    /// The outputs of stages that are not executed, as a journal has them.
    pub pins: Vec<Pinned>,
    /// Idempotency key: requests with the same key start one run.
    pub idempotency_key: Option<String>,
}

/// Starts a run of a draft, for a use case that has authorized it.
pub(crate) async fn start_draft(ctx: &Ctx, start: DraftStart) -> Result<Run> {
    let environment = Environment::default();
    let key = text::idempotency_key(start.idempotency_key.as_deref())?;
    if start.selection.needs_results() && start.reuse.is_none() {
        return Err(AppError::invalid(
            "reuseFrom",
            "is missing; name the run that the results of the other stages come from",
        ));
    }
    let old = match start.reuse {
        Some(run) => Some(earlier(ctx, run, start.pipeline, environment).await?),
        None => None,
    };
    let compiled = pipelines::compiled_by_id(ctx, start.snapshot).await?;
    let given = match start.input {
        Some(given) => input::value(&given)?,
        None => match &compiled.pipeline.sample_input {
            Some(sample) => sample.clone(),
            None => input::value(&Json::Null)?,
        },
    };
    let input = ready(ctx, &compiled, given).await?;
    let begin = Begin {
        selection: start.selection,
        pins: start.pins,
        unchanged: None,
        input: journalled(&input)?,
    };
    let reuses = old.as_ref().map(|old| Reuse {
        run: old.id,
        outside: false,
    });
    let selection = begin.selection.clone();
    let taken = beginning(ctx, &compiled, begin, old).await?;
    let only = match &selection {
        Selection::Only(stage) => Some(stage.clone()),
        _ => None,
    };
    let new = New {
        pipeline: start.pipeline,
        pipeline_name: start.pipeline_name,
        environment,
        version: start.snapshot,
        draft: Some((start.revision, selection)),
        input,
        stages: compiled.pipeline.stages.len(),
        retried_from: None,
        reuses,
        key,
        taken,
        only,
    };
    new.write(ctx).await
}

/// The beginning of the journal, made on a thread for blocking work.
async fn beginning(
    ctx: &Ctx,
    compiled: &pipelines::Compiled,
    mut begin: Begin,
    old: Option<Run>,
) -> Result<ReusedEvents> {
    let (plan, at) = (compiled.plan()?, ctx.clock().now());
    let mut results = None;
    match old {
        Some(old) if begin.selection.needs_results() => {
            let name = old.id.to_string();
            let details = details::view_of(ctx, old).await?;
            results = Some((name, details.compiled.plan()?, details.events));
        }
        Some(old) => {
            let how = Unchanged {
                version: old.version.to_string(),
                outside: false,
            };
            begin.unchanged = Some((old.id.to_string(), how));
        }
        None => {}
    }
    blocking(move || {
        let old = results
            .as_ref()
            .map(|(run, plan, events)| OldRun { run, plan, events });
        Ok(selected(&plan, begin, old, at).map_err(RunError::NotReusable)?)
    })
    .await
}

/// Whether a run was started with an idempotency key, for a use case that has authorized.
pub(crate) async fn is_key_used(ctx: &Ctx, key: &str) -> Result<bool> {
    Ok(repo::by_key(ctx, key).await?.is_some())
}

/// The newest runs of a pipeline's draft, whoever started them.
pub async fn of_draft(ctx: &Ctx, pipeline: PipelineId, first: u32) -> Result<Vec<Run>> {
    ctx.authorize_on(Permission::RunRead, pipeline).await?;
    let rows = repo::of_draft(ctx, pipeline, first).await?;
    Ok(rows.into_iter().map(Run::from).collect())
}

/// The output that a stage had in a finished run of a pipeline, as JSON of at most `max` bytes.
///
/// # Errors
/// `INVALID_INPUT` if the run is of another pipeline, or if the stage has no output there;
/// `LIMIT_EXCEEDED` if it is longer.
pub(crate) async fn output_of(
    ctx: &Ctx,
    run: RunId,
    pipeline: PipelineId,
    stage: &str,
    max: u64,
) -> Result<Value> {
    let run = super::get(ctx, run).await?;
    if run.pipeline != pipeline {
        return Err(AppError::invalid("runId", "is a run of another pipeline"));
    }
    let found = super::stage(ctx, run, stage).await?;
    let output = found.and_then(|found| found.view.output);
    let output = output.ok_or_else(|| {
        AppError::invalid(
            "runId",
            format!(
                "is a run in which `{stage}` has no output; a stage that runs inside another one has \
                 one of its own there for each time, so give its output instead"
            ),
        )
    })?;
    let content = super::Content::journalled(&output);
    if content.size > max {
        return Err(AppError::new(
            types::ErrorCode::LimitExceeded,
            format!(
                "The output has {} bytes as JSON; a pinned one has at most {max}",
                content.size
            ),
        ));
    }
    super::content::whole(ctx, &content).await
}

/// An input as a journal has it: a large one is a reference.
pub(super) fn journalled(input: &RowValue) -> Result<Value> {
    Value::parse_json(input.row()).map_err(AppError::internal)
}
