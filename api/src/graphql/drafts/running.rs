//! Running a draft, and pinning what its stages have instead of being executed.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::drafts::{self, PinOutput};
use engine::run::Selection;
use types::ErrorCode;

use super::super::{
    caller, cost, ids,
    runs::{Actor, Run},
    scalars::Json,
};
use crate::error::ApiError;

/// The draft to run, and how. At most one of `upTo`, `from` and `only` is allowed.
#[derive(InputObject)]
pub struct RunDraftInput {
    pipeline_id: ID,
    /// The draft's revision. If it was changed since, nothing is started (`PRECONDITION_FAILED`).
    revision: i32,
    /// The input of the run. If absent, the sample input of the file; an empty object without one.
    input: Option<Json>,
    /// A stage. Only it and what it depends on are executed.
    up_to: Option<String>,
    /// A stage. Only it and what depends on it are executed. The other stages have their results from
    /// `reuseFrom`, which is required.
    from: Option<String>,
    /// A stage. Only it is executed. What it depends on has its results from `reuseFrom`, which is
    /// required.
    only: Option<String>,
    /// A finished run of this pipeline in development, of its draft or of a version. Without `from` and
    /// `only`, stages that did not change take over their results, as in `startRun`.
    reuse_from: Option<ID>,
    /// Idempotency key: requests with the same key start one run.
    idempotency_key: Option<String>,
}

impl RunDraftInput {
    fn cost(&self) -> usize {
        let journal = self.reuse_from.as_ref().map_or(0, |_| cost::JOURNAL);
        journal + cost::of_bytes(self.input.as_ref().map_or(0, Json::size))
    }

    fn selection(&self) -> Result<Selection, ApiError> {
        match (&self.up_to, &self.from, &self.only) {
            (None, None, None) => Ok(Selection::All),
            (Some(stage), None, None) => Ok(Selection::UpTo(stage.clone())),
            (None, Some(stage), None) => Ok(Selection::From(stage.clone())),
            (None, None, Some(stage)) => Ok(Selection::Only(stage.clone())),
            _ => Err(ApiError::new(
                ErrorCode::InvalidInput,
                "input: give at most one of upTo, from and only",
            )),
        }
    }
}

/// The new run.
#[derive(SimpleObject)]
pub struct RunDraftPayload {
    run: Run,
}

/// The stage, and its output. Exactly one of `output` and `runId` is required.
#[derive(InputObject)]
pub struct PinStageOutputInput {
    pipeline_id: ID,
    /// The stage's id.
    stage: String,
    /// The output, of at most 1 MiB as JSON.
    output: Option<Json>,
    /// A run of this pipeline, of which the stage's output is taken. The stage must not be inside of
    /// another one.
    run_id: Option<ID>,
}

/// The pin.
#[derive(SimpleObject)]
pub struct PinStageOutputPayload {
    pin: DraftPin,
}

/// The stage whose output is no longer to be pinned.
#[derive(InputObject)]
pub struct UnpinStageOutputInput {
    pipeline_id: ID,
    /// The stage's id.
    stage: String,
}

/// The stage that is executed again.
#[derive(SimpleObject)]
pub struct UnpinStageOutputPayload {
    /// The stage's id.
    stage: String,
}

/// An output that a stage has in runs of the draft, in which it is not executed.
#[derive(SimpleObject)]
pub struct DraftPin {
    /// The stage's id. If the draft no longer has the stage, the pin does nothing.
    stage: String,
    output: Json,
    pinned_by: Actor,
    pinned_at: DateTime<Utc>,
}

impl From<drafts::Pin> for DraftPin {
    fn from(pin: drafts::Pin) -> Self {
        Self {
            output: Json::from(&pin.output),
            stage: pin.stage,
            pinned_by: Actor {
                kind: pin.by.kind.as_str().to_owned(),
                name: pin.by.name,
            },
            pinned_at: pin.at,
        }
    }
}

/// Mutations that run drafts.
#[derive(Default)]
pub struct DraftRunMutation;

#[Object]
impl DraftRunMutation {
    /// Starts a run of a draft in development, and returns as soon as the run is queued. The run
    /// executes the text of that revision, whatever becomes of the draft. Pinned stages are not executed.
    /// A draft with errors is refused. Requires `run.start` and `pipeline.read`.
    #[graphql(complexity = "cost::CHANGE + 2 * cost::FILE + input.cost() + child_complexity")]
    async fn run_draft(
        &self,
        ctx: &Context<'_>,
        input: RunDraftInput,
    ) -> Result<RunDraftPayload, ApiError> {
        let how = drafts::RunDraft {
            revision: input.revision,
            selection: input.selection()?,
            input: input.input.map(Json::into_serde).transpose()?,
            reuse: input.reuse_from.as_ref().map(ids::read),
            idempotency_key: input.idempotency_key,
        };
        let run = drafts::run(caller(ctx)?, ids::read(&input.pipeline_id), how).await?;
        Ok(RunDraftPayload { run: Run(run) })
    }

    /// Pins the output of a stage of a draft: in runs of the draft the stage is not executed and has
    /// this output. It replaces an earlier pin of the stage. A draft has at most 50. Requires
    /// `pipeline.read` and `pipeline.write`; with `runId`, `run.read`, too.
    #[graphql(complexity = "cost::CHANGE + cost::FILE + input.cost() + child_complexity")]
    async fn pin_stage_output(
        &self,
        ctx: &Context<'_>,
        input: PinStageOutputInput,
    ) -> Result<PinStageOutputPayload, ApiError> {
        let output = match (input.output, &input.run_id) {
            (Some(output), None) => PinOutput::Value(output.into_serde()?),
            (None, Some(run)) => PinOutput::OfRun(ids::read(run)),
            _ => {
                return Err(ApiError::new(
                    ErrorCode::InvalidInput,
                    "input: give either an output or a runId",
                ));
            }
        };
        let id = ids::read(&input.pipeline_id);
        let pin = drafts::pin(caller(ctx)?, id, &input.stage, output).await?;
        Ok(PinStageOutputPayload { pin: pin.into() })
    }

    /// Removes the pinned output of a stage, which is executed again in runs of the draft. Requires
    /// `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn unpin_stage_output(
        &self,
        ctx: &Context<'_>,
        input: UnpinStageOutputInput,
    ) -> Result<UnpinStageOutputPayload, ApiError> {
        let id = ids::read(&input.pipeline_id);
        drafts::unpin(caller(ctx)?, id, &input.stage).await?;
        Ok(UnpinStageOutputPayload { stage: input.stage })
    }
}

impl PinStageOutputInput {
    fn cost(&self) -> usize {
        let journal = self.run_id.as_ref().map_or(0, |_| cost::JOURNAL);
        journal + cost::of_bytes(self.output.as_ref().map_or(0, Json::size))
    }
}
