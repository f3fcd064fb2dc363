//! Retrying runs: from the start, from the failed stage, or one stage by itself.
//!
//! A finished run never changes; a retry is a new run of the same version. The events of reused
//! stages are copied to the start of its journal in the transaction that creates the run, so a
//! crash leaves either nothing or a complete run.

use std::sync::Arc;

use engine::{
    Value,
    plan::Plan,
    run::{Event, NotReusable, ReusedEvents, Selection, from_failed, from_start, only_stage},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use types::RunId;

use super::{
    Run, RunError, RunStatus,
    content::{self, Content},
    details, draft, input, repo, seen,
    start::{New, ready},
};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    pipelines::{self, PipelineError},
    publications, text,
};

/// Where a retry starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// At the start, without results.
    #[default]
    Start,
    /// At the failed stage, with the results of the stages that need not run again.
    FailedStage,
}

/// The parameters of a retry.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    /// Where the retry starts.
    pub from: From,
    /// A new input, which is allowed only for a retry from the start; absent: the same input.
    pub input: Option<Json>,
    /// Idempotency key: requests with the same key start one run.
    pub idempotency_key: Option<String>,
}

/// Starts a new run with the version of a finished one, in the same environment, and with the same or a
/// new input. Where only the published version runs, the version must still be it. What a run of a draft
/// was not to execute, the new one does not execute either.
pub async fn retry(ctx: &Ctx, id: RunId, how: Retry) -> Result<Run> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let key = text::idempotency_key(how.idempotency_key.as_deref())?;
    let old = repeatable(ctx, id).await?;
    if how.from == From::FailedStage {
        if how.input.is_some() {
            return Err(AppError::invalid(
                "input",
                "cannot be changed for a retry from the failed stage, which reuses results of the \
                 old input; remove it, or retry from the start",
            ));
        }
        if old.status == RunStatus::Succeeded {
            return Err(RunError::NothingFailed.into());
        }
    }
    let edited = how.input.as_ref().map(input::value).transpose()?;
    let taken = match how.from {
        From::Start if old.draft_revision.is_none() => ReusedEvents::default(),
        From::Start => {
            let at = ctx.clock().now();
            let name = id.to_string();
            take(ctx, &old, move |plan, events| {
                Ok(from_start(plan, &name, events, at))
            })
            .await?
        }
        From::FailedStage => {
            let at = ctx.clock().now();
            let name = id.to_string();
            take(ctx, &old, move |plan, events| {
                Ok(from_failed(plan, &name, events, at))
            })
            .await?
        }
    };
    again(ctx, old, edited, taken, None, key).await
}

/// Starts a new run of one top-level stage, with the input that it had in a finished run. The
/// stage's effects outside FlowMason are real.
pub async fn run_stage(
    ctx: &Ctx,
    id: RunId,
    stage: &str,
    idempotency_key: Option<&str>,
) -> Result<Run> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let key = text::idempotency_key(idempotency_key)?;
    let old = repeatable(ctx, id).await?;
    let (at, name, wanted) = (ctx.clock().now(), id.to_string(), stage.to_owned());
    let taken = take(ctx, &old, move |plan, events| {
        only_stage(plan, &name, events, at, &wanted)
    })
    .await?;
    again(ctx, old, None, taken, Some(stage.to_owned()), key).await
}

/// Reads the run to retry, and checks that it is finished, and that its version may run.
async fn repeatable(ctx: &Ctx, id: RunId) -> Result<Run> {
    let old = super::find(ctx, id).await?;
    seen::may(ctx, Permission::RunStart, &old).await?;
    if !old.status.is_finished() {
        return Err(RunError::NotFinished(old.status).into());
    }
    if pipelines::get(ctx, old.pipeline).await?.deleted.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    if old.environment.is_published_to() {
        publications::require_published(ctx, old.pipeline, old.environment, old.version).await?;
    }
    Ok(old)
}

/// Reads the old run's journal and chooses what to reuse, on a thread for blocking work.
async fn take(
    ctx: &Ctx,
    old: &Run,
    choose: impl FnOnce(&Plan, &[Event]) -> std::result::Result<ReusedEvents, NotReusable>
    + Send
    + 'static,
) -> Result<ReusedEvents> {
    let details = details::view_of(ctx, old.clone()).await?;
    let (plan, events) = (details.compiled.plan()?, Arc::clone(&details.events));
    let taken = tokio::task::spawn_blocking(move || choose(&plan, &events));
    Ok(taken
        .await
        .map_err(AppError::internal)?
        .map_err(RunError::NotReusable)?)
}

async fn again(
    ctx: &Ctx,
    old: Run,
    edited: Option<Value>,
    taken: ReusedEvents,
    only: Option<String>,
    key: Option<String>,
) -> Result<Run> {
    let is_edited = edited.is_some();
    let input = match edited {
        Some(edited) => edited,
        None => {
            let values = repo::values(ctx, &[old.id.0], usize::MAX)
                .await?
                .and_then(|mut rows| rows.pop())
                .ok_or(RunError::NotFound)?;
            content::whole(ctx, &Content::row_value(&values.input)?).await?
        }
    };
    let compiled = pipelines::compiled_by_id(ctx, old.version).await?;
    let input = ready(ctx, &compiled, input).await?;
    let taken = match is_edited {
        true => taken
            .with_input(draft::journalled(&input)?)
            .map_err(RunError::Journal)?,
        false => taken,
    };
    let new = New {
        pipeline: old.pipeline,
        pipeline_name: old.pipeline_name,
        environment: old.environment,
        version: old.version,
        draft: old
            .draft_revision
            .map(|revision| (revision, Selection::All)),
        input,
        stages: compiled.pipeline.stages.len(),
        retried_from: Some(old.id),
        reuses: None,
        key,
        taken,
        only,
    };
    new.write(ctx).await
}
