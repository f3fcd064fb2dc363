//! The components that pipelines are made of.

use async_graphql::{Context, Description, Object};
use engine::component::Descriptor;

use super::{
    caller, cost,
    enums::{ComponentKind, EffectKind},
    scalars::Json,
};
use crate::error::ApiError;

/// A component. Each stage of a pipeline is an instance of one.
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

    /// The group under which the component is listed.
    async fn category(&self) -> &str {
        self.0.category
    }

    /// What the component does. The first line is a summary.
    async fn description(&self) -> &str {
        self.0.description
    }

    /// The strongest effect that a stage of this component can have outside the run.
    async fn effect(&self) -> EffectKind {
        self.0.effect.shown().into()
    }

    /// JSON Schema of the component's input.
    async fn input_schema(&self) -> Result<Json, ApiError> {
        Json::of(&(self.0.input_schema)())
    }

    /// JSON Schema of the component's output.
    async fn output_schema(&self) -> Result<Json, ApiError> {
        Json::of(&(self.0.output_schema)())
    }
}

/// Queries for components.
#[derive(Default)]
pub struct ComponentQuery;

#[Object]
impl ComponentQuery {
    /// All components, sorted by name.
    #[graphql(complexity = "cost::times(30, child_complexity)")]
    async fn components(&self, ctx: &Context<'_>) -> Result<Vec<Component>, ApiError> {
        let ctx = caller(ctx)?;
        ctx.authorize(domain::Permission::PipelineRead).await?;
        Ok(ctx.app.registry().iter().map(Component).collect())
    }
}
