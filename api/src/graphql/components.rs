//! The components that pipelines are made of.

use async_graphql::{Context, Description, Object};
use engine::component::Descriptor;

use super::{
    caller, cost,
    enums::{ComponentKind, EffectKind},
    scalars::Json,
};
use crate::error::ApiError;

/// A component: what a stage is an instance of.
#[derive(Description)]
pub struct Component(pub &'static Descriptor);

#[Object(use_type_description)]
impl Component {
    async fn name(&self) -> &str {
        self.0.name
    }

    async fn kind(&self) -> ComponentKind {
        self.0.kind.into()
    }

    /// The group that it is listed under.
    async fn category(&self) -> &str {
        self.0.category
    }

    /// What it does; the first line is a summary.
    async fn description(&self) -> &str {
        self.0.description
    }

    /// The strongest effect that running it may have outside of the run.
    async fn effect(&self) -> EffectKind {
        self.0.effect.shown().into()
    }

    /// JSON schema of its input.
    async fn input_schema(&self) -> Result<Json, ApiError> {
        Json::of(&(self.0.input_schema)())
    }

    /// JSON schema of its output.
    async fn output_schema(&self) -> Result<Json, ApiError> {
        Json::of(&(self.0.output_schema)())
    }
}

/// What is asked about components.
#[derive(Default)]
pub struct ComponentQuery;

#[Object]
impl ComponentQuery {
    /// All components, by name.
    #[graphql(complexity = "cost::times(30, child_complexity)")]
    async fn components(&self, ctx: &Context<'_>) -> Result<Vec<Component>, ApiError> {
        let ctx = caller(ctx)?;
        ctx.authorize(domain::Permission::PipelineRead).await?;
        Ok(ctx.app.registry().iter().map(Component).collect())
    }
}
