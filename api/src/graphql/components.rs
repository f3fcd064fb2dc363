//! The components that pipelines are made of.

use async_graphql::{Context, Description, Object, SimpleObject};
use components::model::Providers;
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

/// A model provider that the server's operator has set up.
#[derive(SimpleObject)]
pub struct ModelProvider {
    /// The name by which stages choose the provider.
    name: String,
    /// Whether stages that name no provider use this one.
    is_default: bool,
    /// Whether it gives scripted answers in place of a model's.
    scripted: bool,
    /// The model of stages that name none.
    default_model: Option<String>,
    /// The models that the configuration knows. Others may work, too.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    models: Vec<KnownModel>,
}

/// A model of a provider.
#[derive(SimpleObject)]
pub struct KnownModel {
    name: String,
    /// The price of a million tokens sent, in US dollars; null if it is not known.
    input_price_usd: Option<f64>,
    /// The price of a million tokens received, in US dollars; null if it is not known.
    output_price_usd: Option<f64>,
}

impl ModelProvider {
    /// The providers in the order of the configuration.
    fn list(providers: &Providers) -> Vec<Self> {
        let all = providers.list();
        all.map(|(name, is_default, scripted)| {
            let settings = providers.settings(name);
            let default_model = settings.and_then(|settings| settings.model.clone());
            let priced = settings.map(|settings| settings.prices.iter());
            let mut models: Vec<KnownModel> = priced
                .into_iter()
                .flatten()
                .map(|(name, price)| KnownModel {
                    name: name.clone(),
                    input_price_usd: Some(price.input),
                    output_price_usd: Some(price.output),
                })
                .collect();
            if let Some(name) = &default_model
                && !models.iter().any(|model| model.name == *name)
            {
                let unpriced = KnownModel {
                    name: name.clone(),
                    input_price_usd: None,
                    output_price_usd: None,
                };
                models.insert(0, unpriced);
            }
            Self {
                name: name.to_owned(),
                is_default,
                scripted,
                default_model,
                models,
            }
        })
        .collect()
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
        ctx.authorize_anywhere(domain::Permission::PipelineRead)
            .await?;
        Ok(ctx.app.registry().iter().map(Component).collect())
    }

    /// The model providers that stages can choose, with the models whose names or prices are known.
    #[graphql(complexity = "cost::times(20, child_complexity)")]
    async fn model_providers(&self, ctx: &Context<'_>) -> Result<Vec<ModelProvider>, ApiError> {
        let ctx = caller(ctx)?;
        ctx.authorize_anywhere(domain::Permission::PipelineRead)
            .await?;
        Ok(ModelProvider::list(ctx.app.providers()))
    }
}
