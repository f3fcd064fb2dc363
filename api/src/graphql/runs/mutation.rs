//! Mutations of runs: start, cancel and retry.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::runs::{self, StartInput};

use super::{
    super::{caller, cost, enums::Environment, ids, scalars::Json},
    Run,
    input::{InputFile, InputRemark, file_cost},
};
use crate::error::ApiError;

/// The pipeline to run, and its input.
#[derive(InputObject)]
pub struct StartRunInput {
    pipeline_id: ID,
    /// The environment in which to run. If absent, development.
    environment: Option<Environment>,
    /// The version to run. If absent, the latest in development, and otherwise the published one. In
    /// staging and production, any other gives the error `NOT_PUBLISHED`.
    version_number: Option<i32>,
    input: Option<Json>,
    /// A file's name and text, parsed as the command line's `--input-file` option parses it.
    input_file: Option<InputFile>,
    /// A file that was sent with `POST /uploads` and has not expired, parsed in the same way.
    input_upload: Option<ID>,
    /// A finished run of this pipeline in the same environment, of any version. A stage with the same
    /// component and resolved input as there takes over its result and calls no model. Stages that
    /// read or change something outside run again.
    reuse_from: Option<ID>,
    /// With `reuseFrom`: whether stages that read or change something outside, such as a request, are
    /// reused too.
    #[graphql(default)]
    reuse_outside: bool,
    /// Idempotency key: requests with the same key start one run.
    idempotency_key: Option<String>,
}

impl StartRunInput {
    /// The points that reading and storing the input costs.
    fn cost(&self) -> usize {
        let value = cost::of_bytes(self.input.as_ref().map_or(0, Json::size));
        let journal = self.reuse_from.as_ref().map_or(0, |_| cost::JOURNAL);
        value + journal + file_cost(self.input_file.as_ref(), self.input_upload.as_ref())
    }
}

/// The new run.
#[derive(SimpleObject)]
pub struct StartRunPayload {
    run: Run,
    /// Assumptions made while reading the input file, such as its separator. Review them.
    remarks: Vec<InputRemark>,
}

/// The run to cancel, and the reason.
#[derive(InputObject)]
pub struct CancelRunInput {
    run_id: ID,
    reason: Option<String>,
}

/// The run after the request. It ends as soon as its running stages have stopped.
#[derive(SimpleObject)]
pub struct CancelRunPayload {
    run: Run,
}

/// Where a retried run starts.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetryFrom {
    /// From the start: every stage runs.
    #[default]
    Start,
    /// Reuses the results of top-level stages that succeeded and depend only on reused stages. All
    /// other stages run. Only for runs that failed or were cancelled.
    FailedStage,
}

impl From<RetryFrom> for runs::RetryFrom {
    fn from(from: RetryFrom) -> Self {
        match from {
            RetryFrom::Start => Self::Start,
            RetryFrom::FailedStage => Self::FailedStage,
        }
    }
}

/// The run to retry, and how.
#[derive(InputObject)]
pub struct RetryRunInput {
    run_id: ID,
    #[graphql(default)]
    from: RetryFrom,
    /// A different input, allowed only with `START`. If absent, the run's own input is used.
    input: Option<Json>,
    /// Idempotency key: requests with the same key start one run.
    idempotency_key: Option<String>,
}

impl RetryRunInput {
    fn cost(&self) -> usize {
        let journal = match self.from {
            RetryFrom::Start => 0,
            RetryFrom::FailedStage => cost::JOURNAL,
        };
        journal + cost::of_bytes(self.input.as_ref().map_or(0, Json::size))
    }
}

/// The stage to run, and the run that its input comes from.
#[derive(InputObject)]
pub struct RunStageInput {
    run_id: ID,
    /// The id of a top-level stage that started in that run.
    stage: String,
    /// Idempotency key: requests with the same key start one run.
    idempotency_key: Option<String>,
}

/// The new run.
#[derive(SimpleObject)]
pub struct RunStagePayload {
    run: Run,
}

/// The new run.
#[derive(SimpleObject)]
pub struct RetryRunPayload {
    run: Run,
}

/// Mutations of runs.
#[derive(Default)]
pub struct RunMutation;

#[Object]
impl RunMutation {
    /// Starts a run of a pipeline and returns as soon as the run is queued. Follow it with the
    /// `runEvents` subscription, or query `run`. Requires `run.start` and, in production,
    /// `production.use`.
    #[graphql(complexity = "cost::CHANGE + input.cost() + child_complexity")]
    async fn start_run(
        &self,
        ctx: &Context<'_>,
        input: StartRunInput,
    ) -> Result<StartRunPayload, ApiError> {
        let start = runs::Start {
            environment: input.environment.map(Into::into).unwrap_or_default(),
            version: input.version_number,
            input: StartInput::one_of(
                input.input.map(Json::into_serde).transpose()?,
                input.input_file.map(InputFile::into_parts),
                input.input_upload.as_ref().map(ids::read),
            )?,
            reuse: input.reuse_from.as_ref().map(|run| runs::Reuse {
                run: ids::read(run),
                outside: input.reuse_outside,
            }),
            idempotency_key: input.idempotency_key,
        };
        let pipeline = ids::read(&input.pipeline_id);
        let started = runs::start_with_remarks(caller(ctx)?, pipeline, start).await?;
        Ok(StartRunPayload {
            run: Run(started.run),
            remarks: started.remarks.into_iter().map(InputRemark::from).collect(),
        })
    }

    /// Cancels a run and stops its running stages. Fails with `CONFLICT` if the run has already
    /// ended. Requires `run.cancel` and, in production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn cancel_run(
        &self,
        ctx: &Context<'_>,
        input: CancelRunInput,
    ) -> Result<CancelRunPayload, ApiError> {
        let id = ids::read(&input.run_id);
        let run = runs::cancel(caller(ctx)?, id, input.reason.as_deref()).await?;
        Ok(CancelRunPayload { run: Run(run) })
    }

    /// Starts a new run of the same version in the same environment, either from the start, with the
    /// same input or an edited one, or from where the run failed. Requires `run.start` and, in
    /// production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + input.cost() + child_complexity")]
    async fn retry_run(
        &self,
        ctx: &Context<'_>,
        input: RetryRunInput,
    ) -> Result<RetryRunPayload, ApiError> {
        let how = runs::Retry {
            from: input.from.into(),
            input: input.input.map(Json::into_serde).transpose()?,
            idempotency_key: input.idempotency_key,
        };
        let run = runs::retry(caller(ctx)?, ids::read(&input.run_id), how).await?;
        Ok(RetryRunPayload { run: Run(run) })
    }

    /// Starts a new run of one stage, with the input that it had in a finished run. The other stages
    /// do not run. The stage's external effects, such as calls and requests, are real. Requires
    /// `run.start` and, in production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + cost::JOURNAL + child_complexity")]
    async fn run_stage(
        &self,
        ctx: &Context<'_>,
        input: RunStageInput,
    ) -> Result<RunStagePayload, ApiError> {
        let (id, key) = (ids::read(&input.run_id), input.idempotency_key.as_deref());
        let run = runs::run_stage(caller(ctx)?, id, &input.stage, key).await?;
        Ok(RunStagePayload { run: Run(run) })
    }
}
