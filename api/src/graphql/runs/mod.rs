//! Runs: their state, values, stages and events.

mod event;
mod failure;
mod feed;
mod filter;
mod input;
mod mutation;
mod operation;
mod operation_feed;
mod query;
mod saved_view;
mod shared_feed;
mod stage_run;
mod stats;
mod subscription;
mod value;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Ctx,
    runs::{self, Content},
};
pub use feed::RunFeeds;
pub use input::InputQuery;
pub use mutation::RunMutation;
pub use operation::{RunOperation, RunOperationMutation, RunOperationQuery};
pub use operation_feed::OperationFeeds;
pub use query::RunQuery;
pub use saved_view::{SavedRunView, SavedViewMutation, SavedViewQuery};
pub use subscription::RunSubscription;

use super::{
    Loaders, budget, caller,
    connection::{self, Connection},
    cost,
    enums::{Environment, RunStatus},
    pipelines::{Pipeline, PipelineVersion},
    scalars::Json,
    triggers::Trigger,
};
use crate::{error::ApiError, limits, links::Part};
use event::RunEvent;
use failure::RunFailure;
use stage_run::StageRun;
use value::{RunValue, whole};

/// A run of one version of a pipeline.
#[derive(Description)]
pub struct Run(pub runs::Run);

/// Who started a run, created a version or requested a job. `kind` is `user`, `api_key` or
/// `system`.
#[derive(SimpleObject)]
pub struct Actor {
    pub(in crate::graphql) kind: String,
    pub(in crate::graphql) name: String,
}

/// Why a run or a stage failed.
#[derive(SimpleObject)]
pub struct RunError {
    /// A stable code.
    code: String,
    message: String,
    /// The address of the stage in which the failure began.
    stage: Option<String>,
}

/// The number of model calls, and the tokens and the cost that they used.
#[derive(SimpleObject)]
pub struct Usage {
    calls: i32,
    /// Null when a call's tokens are not known.
    prompt_tokens: Option<i32>,
    /// Null when a call's tokens are not known.
    completion_tokens: Option<i32>,
    /// Null when a price or the tokens are not known.
    cost_usd: Option<f64>,
}

#[Object(use_type_description)]
impl Run {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn status(&self) -> RunStatus {
        self.0.status.into()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When a worker first started it.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    async fn pipeline(&self) -> Pipeline {
        Pipeline::Known {
            id: self.0.pipeline,
            name: self.0.pipeline_name.clone(),
        }
    }

    async fn version(&self) -> PipelineVersion {
        PipelineVersion::Known {
            id: self.0.version,
            number: None,
        }
    }

    async fn started_by(&self) -> Actor {
        Actor {
            kind: self.0.started_by_kind.clone(),
            name: self.0.started_by_name.clone(),
        }
    }

    /// The trigger that started it. Null if none did, or if the trigger is gone.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn trigger(&self, ctx: &Context<'_>) -> Result<Option<Trigger>, ApiError> {
        let trigger = domain::triggers::of_run(caller(ctx)?, self.0.id).await?;
        Ok(trigger.map(Trigger))
    }

    /// The environment in which it runs.
    async fn environment(&self) -> Environment {
        self.0.environment.into()
    }

    /// The number of stages.
    async fn stages_total(&self) -> i32 {
        self.0.stages_total
    }

    /// The number of stages that have ended.
    async fn stages_done(&self) -> i32 {
        self.0.stages_done
    }

    /// The run's input. Null if it is longer than 1 MiB; see `inputValue`.
    async fn input(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        whole(ctx, &Loaders::of(ctx)?.values(self.0.id).await?.input).await
    }

    /// The input's size, and ways to read a long input.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn input_value(&self, ctx: &Context<'_>) -> Result<RunValue, ApiError> {
        let values = Loaders::of(ctx)?.values(self.0.id).await?;
        Ok(self.value(values.input, Part::Input))
    }

    /// The run's output. Null until the run has succeeded, or if it is longer than 1 MiB; see
    /// `outputValue`.
    async fn output(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        match Loaders::of(ctx)?.values(self.0.id).await?.output {
            Some(output) => whole(ctx, &output).await,
            None => Ok(None),
        }
    }

    /// The output's size, and ways to read a long output. Null until the run has succeeded.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn output_value(&self, ctx: &Context<'_>) -> Result<Option<RunValue>, ApiError> {
        let values = Loaders::of(ctx)?.values(self.0.id).await?;
        Ok(values.output.map(|output| self.value(output, Part::Output)))
    }

    /// Why the run failed.
    async fn error(&self) -> Option<RunError> {
        self.0.error.clone().map(|error| RunError {
            code: error.code,
            message: error.message,
            stage: error.stage,
        })
    }

    /// Why the run failed, with the events that show it and what may help. Null unless it failed.
    #[graphql(complexity = "cost::JOURNAL + cost::times(10, child_complexity)")]
    async fn failure(&self, ctx: &Context<'_>) -> Result<Option<RunFailure>, ApiError> {
        if self.0.status != runs::RunStatus::Failed {
            return Ok(None);
        }
        let details = Loaders::of(ctx)?.details(&self.0).await?;
        let cause = details.cause(caller(ctx)?).await?;
        cause.map(|cause| RunFailure::of(ctx, cause)).transpose()
    }

    /// The usage of the run's model calls.
    async fn usage(&self) -> Usage {
        (&self.0.usage).into()
    }

    /// What each stage has done so far.
    #[graphql(complexity = "cost::JOURNAL + cost::times(20, child_complexity)")]
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<StageRun>, ApiError> {
        let details = Loaders::of(ctx)?.details(&self.0).await?;
        budget::take(ctx, StageRun::BYTES * details.view.stages.len())?;
        Ok((0..details.view.stages.len())
            .map(|at| StageRun::new(details.clone(), at))
            .collect())
    }

    /// A stage run, by its address, such as `id` or `id[3]/inner`. Null if the journal has no such
    /// stage.
    #[graphql(complexity = "cost::JOURNAL + child_complexity")]
    async fn stage(
        &self,
        ctx: &Context<'_>,
        address: String,
    ) -> Result<Option<StageRun>, ApiError> {
        let found = runs::stage(caller(ctx)?, self.0.clone(), &address).await?;
        Ok(found.map(StageRun::one))
    }

    /// The events of the journal after a position, at most 1,000 at once. A value longer than 64
    /// KiB is null in `body`, and `body.truncated` gives its length; read the value from the run or
    /// the stage.
    #[graphql(complexity = "cost::list(first, limits::EVENTS, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<i32>,
    ) -> Result<Vec<RunEvent>, ApiError> {
        let events = runs::events_of(caller(ctx)?, &self.0, after.map(i64::from), first).await?;
        events.into_iter().map(RunEvent::try_from).collect()
    }

    /// The sequence number of the latest event.
    async fn last_seq(&self) -> i32 {
        count(self.0.last_seq)
    }

    /// The only stage that the run executes, if it was started by `runStage`, or by `runDraft` with
    /// `only`; otherwise null.
    async fn only_stage(&self) -> Option<&str> {
        self.0.only_stage.as_deref()
    }

    /// The revision of the draft that it executes. Null for a run of a version; for a run of a draft,
    /// `version` has the text of that revision and the number of the version that the draft had started
    /// from.
    async fn draft_revision(&self) -> Option<i32> {
        self.0.draft_revision
    }

    /// The number of top-level stages that did not run because their results were reused from
    /// `retriedFrom`, or from the run that `runDraft` was given for `from` or `only`.
    async fn stages_reused(&self) -> i32 {
        self.0.stages_reused
    }

    /// The run that this one retries.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn retried_from(&self, ctx: &Context<'_>) -> Result<Option<Run>, ApiError> {
        match self.0.retried_from {
            Some(id) => Loaders::of(ctx)?.run(id).await.map(Run).map(Some),
            None => Ok(None),
        }
    }
}

impl Run {
    fn value(&self, content: Content, part: Part) -> RunValue {
        RunValue {
            content,
            run: self.0.id,
            part,
            stage: None,
        }
    }
}

impl From<&engine::component::Usage> for Usage {
    fn from(usage: &engine::component::Usage) -> Self {
        Self {
            calls: count(usage.calls),
            prompt_tokens: usage.prompt_tokens.map(count),
            completion_tokens: usage.completion_tokens.map(count),
            cost_usd: usage.cost.map(|cost| cost.0 as f64 / 1e6),
        }
    }
}

/// Converts a count to GraphQL's 32-bit integer; larger counts become `i32::MAX`.
fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// A page of runs.
pub async fn list(
    ctx: &Ctx,
    first: Option<i32>,
    after: Option<String>,
    filter: &runs::Filter,
) -> Result<Connection<Run>, ApiError> {
    let list = runs::list(ctx, &connection::page(first, after), filter).await?;
    Ok(Connection::of(list, Run))
}
