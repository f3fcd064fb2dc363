//! Queries for pipelines.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use domain::pipelines;

use super::{
    super::{
        Charged, budget, caller,
        connection::{self, Connection},
        cost, ids,
    },
    Pipeline,
    stage::{Problem, Stage, ValidationReport},
};
use crate::error::ApiError;

/// Queries for pipelines.
#[derive(Default)]
pub struct PipelineQuery;

#[Object]
impl PipelineQuery {
    /// Pipelines, newest first. `search` matches a part of the name; a word after `-` or `NOT` must not
    /// occur in it. With `folderId`, only those in this folder. With `deleted: true`, only pipelines that
    /// are deleted and can still be restored.
    #[graphql(
        complexity = "cost::page(first, child_complexity) + cost::of_text(&after) + cost::of_text(&search)"
    )]
    async fn pipelines(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
        deleted: Option<bool>,
        folder_id: Option<ID>,
    ) -> Result<Connection<Pipeline>, ApiError> {
        let (ctx, page) = (caller(ctx)?, connection::page(first, after));
        let (search, deleted) = (search.as_deref(), deleted.unwrap_or(false));
        let list = match folder_id.as_ref().map(ids::read) {
            Some(folder) => pipelines::list_in(ctx, folder, &page, search, deleted).await?,
            None => pipelines::list(ctx, &page, search, deleted).await?,
        };
        Ok(Connection::of(list, Pipeline::from))
    }

    /// A pipeline, whether or not it is deleted.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn pipeline(&self, ctx: &Context<'_>, id: ID) -> Result<Pipeline, ApiError> {
        Ok(Pipeline::from(
            pipelines::get(caller(ctx)?, ids::read(&id)).await?,
        ))
    }

    /// Checks a pipeline file without storing it.
    // Parsing and checking a file of a megabyte is expensive, so a request can do it only a few
    // times.
    #[graphql(complexity = "cost::FILE + cost::of_bytes(source.len()) + child_complexity")]
    async fn validate_pipeline(
        &self,
        ctx: &Context<'_>,
        source: String,
    ) -> Result<ValidationReport, ApiError> {
        let (valid, problems, stages, of) = match pipelines::validate(caller(ctx)?, &source).await?
        {
            Ok(compiled) => {
                let compiled = Arc::new(compiled);
                budget::take(ctx, Stage::BYTES * compiled.pipeline.stages.len())?;
                let stages = Stage::list(&compiled);
                let problems = compiled.problems.clone();
                (compiled.plan.is_some(), problems, stages, Some(compiled))
            }
            Err(problems) => (false, problems, Vec::new(), None),
        };
        budget::take(ctx, Problem::BYTES * problems.len())?;
        Ok(ValidationReport {
            valid,
            problems: problems.iter().map(Problem::from).collect(),
            stages: Charged(stages),
            of,
        })
    }
}
