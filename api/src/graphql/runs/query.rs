//! Queries for runs.

use async_graphql::{Context, ID, Object};
use domain::runs;
use types::ErrorCode;

use super::{
    super::{caller, connection::Connection, cost, enums::RunStatus, ids},
    Run,
    filter::RunFilterInput,
    list,
    stats::{RunCounts, RunTrend, RunTrendSpan},
};
use crate::error::ApiError;

/// Queries for runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// Runs, newest first. `pipelineId` and `status` are shorthands for the same conditions in
    /// `filter`.
    #[graphql(
        complexity = "cost::page(first, child_complexity) + cost::of_text(&after) + RunFilterInput::cost(&filter)"
    )]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        pipeline_id: Option<ID>,
        status: Option<Vec<RunStatus>>,
        filter: Option<RunFilterInput>,
    ) -> Result<Connection<Run>, ApiError> {
        let mut filter = runs::Filter::from(filter.unwrap_or_default());
        if let Some(id) = pipeline_id {
            both(
                "pipelineId",
                "filter.pipelineIds",
                filter.pipelines.is_empty(),
            )?;
            filter.pipelines = vec![ids::read(&id)];
        }
        if let Some(status) = status {
            both("status", "filter.status", filter.status.is_empty())?;
            filter.status = status.into_iter().map(Into::into).collect();
        }
        list(caller(ctx)?, first, after, &filter).await
    }

    /// The number of runs in each state. `filter.text` is ignored.
    #[graphql(complexity = "cost::COUNT + child_complexity")]
    async fn run_counts(
        &self,
        ctx: &Context<'_>,
        filter: Option<RunFilterInput>,
    ) -> Result<RunCounts, ApiError> {
        let filter = filter.unwrap_or_default().into();
        Ok(runs::counts(caller(ctx)?, &filter).await?.into())
    }

    /// Runs by the time of their request, with outcomes and durations. The times and the text of
    /// `filter` are ignored.
    #[graphql(complexity = "cost::COUNT + cost::times(3, child_complexity)")]
    async fn run_trend(
        &self,
        ctx: &Context<'_>,
        span: RunTrendSpan,
        filter: Option<RunFilterInput>,
    ) -> Result<RunTrend, ApiError> {
        let filter = filter.unwrap_or_default().into();
        let trend = runs::trend(caller(ctx)?, &filter, span.into()).await?;
        Ok(trend.into())
    }

    /// One run.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn run(&self, ctx: &Context<'_>, id: ID) -> Result<Run, ApiError> {
        Ok(Run(runs::get(caller(ctx)?, ids::read(&id)).await?))
    }
}

fn both(short: &str, long: &str, free: bool) -> Result<(), ApiError> {
    if free {
        return Ok(());
    }
    let text = format!("{short}: cannot be combined with {long}; send only one of them");
    Err(ApiError::new(ErrorCode::InvalidInput, text))
}
