//! What is asked about pipelines.

use async_graphql::{Context, ID, Object};
use domain::pipelines;

use super::{
    super::{
        caller,
        connection::{self, Connection},
        ids,
    },
    Pipeline,
    stage::{Problem, Stage, ValidationReport},
};
use crate::error::ApiError;

/// What is asked about pipelines.
#[derive(Default)]
pub struct PipelineQuery;

#[Object]
impl PipelineQuery {
    /// The newest first; `search` is a part of the name.
    #[graphql(complexity = "connection::weight(first) * child_complexity")]
    async fn pipelines(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Pipeline>, ApiError> {
        let page = connection::page(first, after);
        let list = pipelines::list(caller(ctx)?, &page, search.as_deref()).await?;
        Ok(Connection::of(list, Pipeline::from))
    }

    async fn pipeline(&self, ctx: &Context<'_>, id: ID) -> Result<Pipeline, ApiError> {
        Ok(Pipeline::from(
            pipelines::get(caller(ctx)?, ids::read(&id)).await?,
        ))
    }

    /// Problems of a text, without storing it.
    // Reading and checking a text of a megabyte is work: a few per request.
    #[graphql(complexity = "500 + child_complexity")]
    async fn validate_pipeline(
        &self,
        ctx: &Context<'_>,
        source: String,
    ) -> Result<ValidationReport, ApiError> {
        Ok(match pipelines::validate(caller(ctx)?, &source).await? {
            Ok(compiled) => ValidationReport {
                valid: compiled.plan.is_some(),
                problems: compiled.problems.iter().map(Problem::from).collect(),
                stages: Stage::list(&compiled),
            },
            Err(problems) => ValidationReport {
                valid: false,
                problems: problems.iter().map(Problem::from).collect(),
                stages: Vec::new(),
            },
        })
    }
}
