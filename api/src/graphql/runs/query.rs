//! What is asked about runs.

use async_graphql::{Context, ID, Object};
use domain::{pipelines, runs};

use super::{
    super::{caller, connection::Connection, cost, enums::RunStatus, ids},
    Run, list,
};
use crate::error::ApiError;

/// What is asked about runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// The newest first; of one pipeline, in some states.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        pipeline_id: Option<ID>,
        status: Option<Vec<RunStatus>>,
    ) -> Result<Connection<Run>, ApiError> {
        let ctx = caller(ctx)?;
        let pipeline = match pipeline_id {
            // A pipeline that is not there is not a pipeline without runs.
            Some(id) => Some(pipelines::get(ctx, ids::read(&id)).await?.id),
            None => None,
        };
        list(ctx, first, after, pipeline, status.unwrap_or_default()).await
    }

    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn run(&self, ctx: &Context<'_>, id: ID) -> Result<Run, ApiError> {
        Ok(Run(runs::get(caller(ctx)?, ids::read(&id)).await?))
    }
}
