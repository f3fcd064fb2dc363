//! Run operations: changes of many runs at once.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::run_operations::{self, Change};

use super::{
    super::{
        caller,
        connection::{self, Connection},
        cost,
        enums::{RunOperationKind, RunOperationStatus},
        ids,
    },
    RunError, count,
    filter::{RunFilter, RunFilterInput},
    mutation::RetryFrom,
};
use crate::error::ApiError;

/// A change of many runs at once, which a job makes in batches. It applies to the matching runs
/// that exist when it is requested. To follow its progress, query it again or subscribe to
/// `runOperationFeed`.
#[derive(Description)]
pub struct RunOperation(pub run_operations::RunOperation);

#[Object(use_type_description)]
impl RunOperation {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn kind(&self) -> RunOperationKind {
        self.0.change.kind().into()
    }

    async fn status(&self) -> RunOperationStatus {
        self.0.status.into()
    }

    async fn filter(&self) -> RunFilter {
        self.0.filter.clone().into()
    }

    /// The number of matching runs. Null until they are counted, and if `filter.text` is set.
    async fn total(&self) -> Option<i32> {
        self.0.total.map(count)
    }

    /// The number of runs changed so far.
    async fn done(&self) -> i32 {
        count(self.0.done)
    }

    /// The number of runs that could not be changed. `lastError` is the reason for the latest of
    /// them.
    async fn failed(&self) -> i32 {
        count(self.0.failed)
    }

    async fn last_error(&self) -> Option<RunError> {
        let (code, message) = self.0.error.clone()?;
        Some(RunError {
            code,
            message,
            stage: None,
        })
    }

    /// The name of the person or API key that requested the operation.
    async fn requested_by(&self) -> &str {
        &self.0.requested_by
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// Queries for run operations.
#[derive(Default)]
pub struct RunOperationQuery;

#[Object]
impl RunOperationQuery {
    /// One run operation, with its progress.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn run_operation(&self, ctx: &Context<'_>, id: ID) -> Result<RunOperation, ApiError> {
        let found = run_operations::get(caller(ctx)?, ids::read(&id)).await?;
        Ok(RunOperation(found))
    }

    /// Run operations, newest first.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn run_operations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<RunOperation>, ApiError> {
        let page = connection::page(first, after);
        let list = run_operations::list(caller(ctx)?, &page).await?;
        Ok(Connection::of(list, RunOperation))
    }
}

/// The runs to cancel, and the reason.
#[derive(InputObject)]
pub struct CancelRunsInput {
    /// The runs to cancel. Matching runs that have finished are ignored.
    filter: RunFilterInput,
    reason: Option<String>,
    /// Idempotency key: requests with the same key start one operation.
    idempotency_key: Option<String>,
}

/// The new operation, which runs in the background.
#[derive(SimpleObject)]
pub struct CancelRunsPayload {
    operation: RunOperation,
}

/// The runs to retry, and where they start.
#[derive(InputObject)]
pub struct RetryRunsInput {
    /// The runs to retry. Matching runs that succeeded are retried only if `status` includes
    /// `SUCCEEDED`; unfinished ones are ignored.
    filter: RunFilterInput,
    #[graphql(default)]
    from: RetryFrom,
    /// Idempotency key: requests with the same key start one operation.
    idempotency_key: Option<String>,
}

/// The new operation, which runs in the background.
#[derive(SimpleObject)]
pub struct RetryRunsPayload {
    operation: RunOperation,
}

/// The operation to stop.
#[derive(InputObject)]
pub struct StopRunOperationInput {
    id: ID,
}

/// The operation after the request.
#[derive(SimpleObject)]
pub struct StopRunOperationPayload {
    operation: RunOperation,
}

/// Mutations of run operations.
#[derive(Default)]
pub struct RunOperationMutation;

#[Object]
impl RunOperationMutation {
    /// Cancels all unfinished runs that match a filter, in the background and with progress.
    /// Requires `run.cancel` and, for runs in production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn cancel_runs(
        &self,
        ctx: &Context<'_>,
        input: CancelRunsInput,
    ) -> Result<CancelRunsPayload, ApiError> {
        let change = Change::Cancel {
            reason: input.reason,
        };
        let (filter, key) = (input.filter.into(), input.idempotency_key.as_deref());
        let begun = run_operations::begin(caller(ctx)?, change, &filter, key).await?;
        Ok(CancelRunsPayload {
            operation: RunOperation(begun),
        })
    }

    /// Retries all runs that match a filter, in the background and with progress. Each new run names
    /// the run it retries in `retriedFrom`. Requires `run.start` and, for runs in production,
    /// `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn retry_runs(
        &self,
        ctx: &Context<'_>,
        input: RetryRunsInput,
    ) -> Result<RetryRunsPayload, ApiError> {
        let change = Change::Retry {
            from: input.from.into(),
        };
        let (filter, key) = (input.filter.into(), input.idempotency_key.as_deref());
        let begun = run_operations::begin(caller(ctx)?, change, &filter, key).await?;
        Ok(RetryRunsPayload {
            operation: RunOperation(begun),
        })
    }

    /// Stops a run operation. Runs that it has already changed stay changed. Requires `run.cancel`
    /// and, if the operation retries runs, `run.start`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn stop_run_operation(
        &self,
        ctx: &Context<'_>,
        input: StopRunOperationInput,
    ) -> Result<StopRunOperationPayload, ApiError> {
        let stopped = run_operations::stop(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(StopRunOperationPayload {
            operation: RunOperation(stopped),
        })
    }
}
