//! The examples that are part of the program.

use async_graphql::{Context, Description, Object};
use domain::examples;

use super::{
    caller, cost,
    scalars::{Json, Text},
};
use crate::error::ApiError;

/// An example pipeline that can be copied into the organization.
#[derive(Description)]
pub struct Example(pub examples::Example);

#[Object(use_type_description)]
impl Example {
    /// The name that `createPipelineFromExample` expects.
    async fn name(&self) -> &str {
        self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether it needs the API key of a model provider.
    async fn needs_key(&self) -> bool {
        self.0.needs_key
    }

    async fn source(&self) -> Text {
        Text(self.0.source.as_str().into())
    }

    /// An input to try the pipeline with.
    async fn sample_input(&self) -> Result<Option<Json>, ApiError> {
        Ok(self.0.sample_input.as_ref().map(Json::from))
    }
}

/// Queries for examples.
#[derive(Default)]
pub struct ExampleQuery;

#[Object]
impl ExampleQuery {
    /// The examples, simplest first.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    async fn examples(&self, ctx: &Context<'_>) -> Result<Vec<Example>, ApiError> {
        Ok(examples::list(caller(ctx)?)
            .await?
            .into_iter()
            .map(Example)
            .collect())
    }
}
