//! A version of a pipeline: its file, and the data derived from it.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use domain::{
    pipelines::{self, Compiled, Version, VersionHead},
    publications::{self, Against},
};
use types::PipelineVersionId;

use super::{
    super::{
        Charged, Loaders, budget, caller, cost,
        enums::Environment,
        ids,
        runs::Actor,
        scalars::{Json, Text},
    },
    advice::Finding,
    difference::PipelineDifference,
    run_plan::{RunPlan, RunPlanComparison},
    stage::{Problem, Stage},
};
use crate::error::ApiError;

/// An immutable version of a pipeline.
#[derive(Description)]
pub enum PipelineVersion {
    /// Only what the row of a list contains. The rest is read on demand.
    Known {
        /// Its id.
        id: PipelineVersionId,
        /// The version's number, if the row contains it.
        number: Option<i32>,
    },
    /// Without its file.
    Head(VersionHead),
    /// With its file.
    Loaded(Version),
}

#[Object(use_type_description)]
impl PipelineVersion {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.key().to_string().into()
    }

    /// The version's number, starting at 1.
    async fn number(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        match self {
            Self::Known {
                number: Some(number),
                ..
            } => Ok(*number),
            Self::Known { id, .. } => Loaders::of(ctx)?.number(*id).await,
            Self::Head(version) => Ok(version.number),
            Self::Loaded(version) => Ok(version.number),
        }
    }

    async fn created_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>, ApiError> {
        match self {
            Self::Head(version) => Ok(version.created_at),
            _ => Ok(self.version(ctx).await?.created_at),
        }
    }

    /// Who pushed the version, with their name at that time. Null for versions created before
    /// authors were recorded.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Actor>, ApiError> {
        let author = match self {
            Self::Head(version) => version.author.clone(),
            _ => self.version(ctx).await?.author,
        };
        Ok(author.map(|author| Actor {
            kind: author.kind.as_str().to_owned(),
            name: author.name,
        }))
    }

    /// What its author wrote about what is new in it. Null without a note.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        match self {
            Self::Head(version) => Ok(version.note.clone()),
            _ => Ok(self.version(ctx).await?.note),
        }
    }

    /// SHA-256 of the file, in lower-case hex.
    async fn sha256(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        match self {
            Self::Head(version) => Ok(version.sha256.clone()),
            _ => Ok(self.version(ctx).await?.sha256),
        }
    }

    /// The file, byte for byte.
    async fn source(&self, ctx: &Context<'_>) -> Result<Text, ApiError> {
        Ok(Text(self.version(ctx).await?.source))
    }

    /// The name in the file. The pipeline's own name can differ; see `Pipeline.nameSource`.
    async fn name(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(self.compiled(ctx).await?.pipeline.name.clone())
    }

    /// JSON Schema of a run's input.
    async fn input_schema(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        Ok(self
            .compiled(ctx)
            .await?
            .pipeline
            .input_schema
            .as_ref()
            .map(Json::from))
    }

    /// An input to try the pipeline with.
    async fn sample_input(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        Ok(self
            .compiled(ctx)
            .await?
            .pipeline
            .sample_input
            .as_ref()
            .map(Json::from))
    }

    /// The stages in the order of the file.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    async fn stages(&self, ctx: &Context<'_>) -> Result<Charged<Stage>, ApiError> {
        let compiled = self.compiled(ctx).await?;
        budget::take(ctx, Stage::BYTES * compiled.pipeline.stages.len())?;
        Ok(Charged(Stage::list(&compiled)))
    }

    /// The problems that the checks found. A stored version has only warnings, except the first
    /// version of an empty pipeline, which has the error that there are no stages.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    async fn problems(&self, ctx: &Context<'_>) -> Result<Charged<Problem>, ApiError> {
        let compiled = self.compiled(ctx).await?;
        budget::take(ctx, Problem::BYTES * compiled.problems.len())?;
        Ok(compiled.problems.iter().map(Problem::from).collect())
    }

    /// What the pipeline does, in plain sentences: a summary, and a line for each step. Made by
    /// rules, not by a model.
    #[graphql(complexity = "cost::FILE")]
    async fn explanation(&self, ctx: &Context<'_>) -> Result<Text, ApiError> {
        let compiled = self.compiled(ctx).await?;
        let explanation = pipelines::explanation(caller(ctx)?, &compiled).await?;
        Ok(Text(explanation.text().into()))
    }

    /// What could be better, in text order: secrets in plain text, branches that never run, unused
    /// outputs, missing retries, and more.
    #[graphql(complexity = "cost::FILE + cost::times(10, child_complexity)")]
    async fn findings(&self, ctx: &Context<'_>) -> Result<Charged<Finding>, ApiError> {
        let compiled = self.compiled(ctx).await?;
        let found = pipelines::findings(caller(ctx)?, &compiled).await?;
        Finding::list(ctx, &found)
    }

    /// What a run of the version will do: hosts, models with their estimated cost, what is repeated after
    /// a crash, what it reads, and how long it can take.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn run_plan(&self, ctx: &Context<'_>) -> Result<RunPlan, ApiError> {
        let compiled = self.compiled(ctx).await?;
        // For the plan in memory. Its lists are charged where they are written.
        let stages = compiled.pipeline.stages.len();
        budget::take(ctx, Stage::BYTES * stages + compiled.pipeline.source.len())?;
        let plan = pipelines::run_plan(caller(ctx)?, compiled).await?;
        Ok(plan.into())
    }

    /// What is new in a run of the version compared with a run of the version `against`, or of the one
    /// that is published to `environment` (by default, production). Null if none is published there.
    #[graphql(complexity = "2 * cost::FILE + child_complexity")]
    async fn run_plan_changes(
        &self,
        ctx: &Context<'_>,
        against: Option<ID>,
        environment: Option<Environment>,
    ) -> Result<Option<RunPlanComparison>, ApiError> {
        let against = match against {
            Some(id) => Against::Version(ids::read(&id)),
            None => Against::Published(environment.unwrap_or(Environment::Production).into()),
        };
        let found = publications::run_plan_changes(caller(ctx)?, self.key(), against).await?;
        if let Some(found) = &found {
            budget::take(ctx, Problem::BYTES * found.changes.len())?;
        }
        Ok(found.map(Into::into))
    }

    /// What differs between the version with this number of the same pipeline and this one.
    #[graphql(complexity = "2 * cost::FILE + child_complexity")]
    async fn changes_from(
        &self,
        ctx: &Context<'_>,
        version: i32,
    ) -> Result<PipelineDifference, ApiError> {
        let found = pipelines::difference(caller(ctx)?, self.key(), version).await?;
        PipelineDifference::of(ctx, found)
    }
}

impl PipelineVersion {
    fn key(&self) -> PipelineVersionId {
        match self {
            Self::Known { id, .. } => *id,
            Self::Head(version) => version.id,
            Self::Loaded(version) => version.id,
        }
    }

    async fn version(&self, ctx: &Context<'_>) -> Result<Version, ApiError> {
        match self {
            Self::Known { .. } | Self::Head(_) => Loaders::of(ctx)?.version(self.key()).await,
            Self::Loaded(version) => Ok(version.clone()),
        }
    }

    async fn compiled(&self, ctx: &Context<'_>) -> Result<Arc<Compiled>, ApiError> {
        let caller = caller(ctx)?;
        // The id comes from a row of the caller's organization.
        if let Some(kept) = pipelines::cached(caller, self.key()).await? {
            return Ok(kept);
        }
        Ok(pipelines::compiled(caller, &self.version(ctx).await?).await?)
    }
}
