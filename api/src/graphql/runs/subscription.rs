//! Subscriptions to runs.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use domain::host::stream;
use futures::{
    StreamExt,
    stream::{BoxStream, unfold},
};
use types::ErrorCode;

use super::{
    super::{caller, ids},
    Run, RunOperation,
    event::RunEventMessage,
    feed::RunFeeds,
    operation_feed::OperationFeeds,
};
use crate::error::ApiError;

/// Subscriptions to runs.
#[derive(Default)]
pub struct RunSubscription;

#[Subscription]
impl RunSubscription {
    /// The events of a run after a journal position (0 = from the start), then new events as they
    /// occur. It ends when the run ends, or immediately if the run has ended and has no events
    /// after the position.
    async fn run_events(
        &self,
        ctx: &Context<'_>,
        run_id: ID,
        #[graphql(default)] after: i32,
    ) -> Result<BoxStream<'static, Result<RunEventMessage, ApiError>>, ApiError> {
        let ctx = caller(ctx)?;
        let after = u64::try_from(after).map_err(|_| {
            ApiError::new(
                ErrorCode::InvalidInput,
                "after: is negative; positions begin at 0",
            )
        })?;
        let events = stream::events(ctx, ids::read(&run_id), after).await?;
        Ok(events
            .map(|item| item.map_err(ApiError::from)?.try_into())
            .boxed())
    }

    /// A message for each state change of any run of the organization that the caller may read. Slow
    /// clients receive only the latest state of each run.
    async fn run_feed(
        &self,
        ctx: &Context<'_>,
    ) -> Result<BoxStream<'static, Result<Run, ApiError>>, ApiError> {
        let listener = match ctx.data_opt::<Arc<RunFeeds>>() {
            Some(feeds) => feeds.join(caller(ctx)?).await?,
            None => return Err(ApiError::internal("the schema has no feeds")),
        };
        let runs = unfold(Some(listener), |listener| async move {
            let mut listener = listener?;
            match listener.next().await {
                Some(run) => Some((Ok(Run(run)), Some(listener))),
                None => Some((Err(broken_off()), None)),
            }
        });
        Ok(runs.boxed())
    }

    /// A message for each change of any `RunOperation` of the organization: when it starts, makes
    /// progress and ends. Slow clients receive only the latest state of each.
    async fn run_operation_feed(
        &self,
        ctx: &Context<'_>,
    ) -> Result<BoxStream<'static, Result<RunOperation, ApiError>>, ApiError> {
        let listener = match ctx.data_opt::<Arc<OperationFeeds>>() {
            Some(feeds) => feeds.join(caller(ctx)?).await?,
            None => return Err(ApiError::internal("the schema has no feeds")),
        };
        let operations = unfold(Some(listener), |listener| async move {
            let mut listener = listener?;
            match listener.next().await {
                Some(operation) => Some((Ok(RunOperation(operation)), Some(listener))),
                None => Some((Err(broken_off()), None)),
            }
        });
        Ok(operations.boxed())
    }
}

/// The error after a feed's reader has panicked, which is a bug. The next subscription starts a new
/// reader.
fn broken_off() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "The feed was interrupted; subscribe again",
    )
}
