//! Starting, stopping and repeating runs.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::runs;

use super::{
    super::{caller, cost, ids, scalars::Json},
    Run,
};
use crate::error::ApiError;

/// What to run, and with what.
#[derive(InputObject)]
pub struct StartRunInput {
    pipeline_id: ID,
    /// Absent: the latest.
    version_number: Option<i32>,
    input: Option<Json>,
    /// A file as dropped on the form: its name and text, parsed like --input-file.
    input_file: Option<InputFile>,
    /// The same key starts one run, however often it is sent.
    idempotency_key: Option<String>,
}

impl StartRunInput {
    /// The bytes that are read and stored.
    fn size(&self) -> usize {
        let file = self.input_file.as_ref().map_or(0, |file| file.text.len());
        self.input.as_ref().map_or(0, Json::size) + file
    }
}

/// A file as text.
#[derive(InputObject)]
pub struct InputFile {
    name: String,
    text: String,
}

/// The new run.
#[derive(SimpleObject)]
pub struct StartRunPayload {
    run: Run,
}

/// Which run, and why.
#[derive(InputObject)]
pub struct CancelRunInput {
    run_id: ID,
    reason: Option<String>,
}

/// The run as it is now; it ends at its next clean point.
#[derive(SimpleObject)]
pub struct CancelRunPayload {
    run: Run,
}

/// Which run.
#[derive(InputObject)]
pub struct RetryRunInput {
    run_id: ID,
}

/// The new run.
#[derive(SimpleObject)]
pub struct RetryRunPayload {
    run: Run,
}

/// Changes of runs.
#[derive(Default)]
pub struct RunMutation;

#[Object]
impl RunMutation {
    #[graphql(complexity = "cost::CHANGE + cost::of_bytes(input.size()) + child_complexity")]
    async fn start_run(
        &self,
        ctx: &Context<'_>,
        input: StartRunInput,
    ) -> Result<StartRunPayload, ApiError> {
        let start = runs::Start {
            version: input.version_number,
            input: input.input.map(Json::into_serde).transpose()?,
            input_file: input.input_file.map(|file| (file.name, file.text)),
            idempotency_key: input.idempotency_key,
        };
        let run = runs::start(caller(ctx)?, ids::read(&input.pipeline_id), start).await?;
        Ok(StartRunPayload { run: Run(run) })
    }

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

    /// Starts a new run with the same input and version.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn retry_run(
        &self,
        ctx: &Context<'_>,
        input: RetryRunInput,
    ) -> Result<RetryRunPayload, ApiError> {
        let run = runs::retry(caller(ctx)?, ids::read(&input.run_id)).await?;
        Ok(RetryRunPayload { run: Run(run) })
    }
}
