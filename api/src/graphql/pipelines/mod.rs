//! Pipelines and their versions.

mod advice;
mod difference;
mod mutation;
mod query;
mod run_plan;
mod stage;
mod version;

use std::borrow::Cow;

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use domain::{drafts, pipelines, publications, triggers};
use types::PipelineId;

pub use advice::Finding;
pub use difference::PipelineDifference;
pub use mutation::PipelineMutation;
pub use query::PipelineQuery;
pub use stage::{Problem, Stage};
pub use version::PipelineVersion;

use super::{
    Loaders, caller,
    connection::{self, Connection},
    cost,
    drafts::Draft,
    enums::{Environment, PipelineNameSource},
    folders::Folder,
    publications::Publication,
    runs::{self, Run},
    triggers::Trigger,
};
use crate::error::ApiError;

/// A pipeline, with its versions and its runs.
#[derive(Description)]
pub enum Pipeline {
    /// Only what the row of a run contains. The rest is read on demand.
    Known {
        /// Its id.
        id: PipelineId,
        /// Its name.
        name: String,
    },
    /// All of it.
    Loaded(Box<pipelines::Pipeline>),
}

#[Object(use_type_description)]
impl Pipeline {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.key().to_string().into()
    }

    /// The display name. It is not unique; `shortId` tells pipelines of the same name apart.
    async fn name(&self) -> &str {
        match self {
            Self::Known { name, .. } => name,
            Self::Loaded(row) => &row.name,
        }
    }

    /// Where the name comes from. `renamePipeline` changes it.
    async fn name_source(&self, ctx: &Context<'_>) -> Result<PipelineNameSource, ApiError> {
        Ok(self.row(ctx).await?.name_from.into())
    }

    /// The last eight characters of the id. Show it beside the name where two pipelines have the
    /// same name.
    async fn short_id(&self) -> String {
        pipelines::short_id(self.key())
    }

    /// A name for URLs and files: lower-case letters, digits and hyphens, ending with the short id.
    /// It changes with the name.
    async fn slug(&self) -> String {
        let name = match self {
            Self::Known { name, .. } => name,
            Self::Loaded(row) => &row.name,
        };
        pipelines::slug(name, self.key())
    }

    /// When the pipeline was deleted; null if it is not. A deleted pipeline accepts no versions and
    /// starts no runs.
    async fn deleted_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.row(ctx).await?.deleted.as_ref().map(|it| it.at))
    }

    /// The name of the person or API key that deleted the pipeline.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        let row = self.row(ctx).await?;
        Ok(row.deleted.as_ref().map(|it| it.by.clone()))
    }

    /// The time until which `restorePipeline` can restore a deleted pipeline: 30 days after its
    /// deletion. Null if it is not deleted or can no longer be restored.
    async fn restorable_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>, ApiError> {
        let row = self.row(ctx).await?;
        Ok(row.deleted.as_ref().and_then(|it| it.restorable_until))
    }

    /// The latest version's description.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(self.row(ctx).await?.description.clone())
    }

    async fn created_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>, ApiError> {
        Ok(self.row(ctx).await?.created_at)
    }

    /// When the latest version was pushed.
    async fn updated_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>, ApiError> {
        Ok(self.row(ctx).await?.updated_at)
    }

    /// The version that a run uses unless another one is given.
    async fn latest_version(&self, ctx: &Context<'_>) -> Result<PipelineVersion, ApiError> {
        let row = self.row(ctx).await?;
        Ok(PipelineVersion::Known {
            id: row.latest_version,
            number: Some(row.latest_number),
        })
    }

    /// The versions, newest first.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<PipelineVersion>, ApiError> {
        let page = connection::page(first, after);
        let list = pipelines::versions(caller(ctx)?, self.key(), &page).await?;
        Ok(Connection::of(list, PipelineVersion::Head))
    }

    /// One version by its number.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn version(&self, ctx: &Context<'_>, number: i32) -> Result<PipelineVersion, ApiError> {
        let version = pipelines::version(caller(ctx)?, self.key(), number).await?;
        Ok(PipelineVersion::Head(version))
    }

    /// The runs, newest first.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Run>, ApiError> {
        let filter = domain::runs::Filter::of(self.key());
        runs::list(caller(ctx)?, first, after, &filter).await
    }

    /// The folder that the pipeline is in. `movePipeline` changes it.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn folder(&self, ctx: &Context<'_>) -> Result<Option<Folder>, ApiError> {
        match self.row(ctx).await?.folder {
            Some(id) => Ok(Loaders::of(ctx)?.folder(id).await?.map(Folder)),
            None => Ok(None),
        }
    }

    /// The environment in which it runs as a tool of the MCP server; null if it is no tool.
    /// `exposePipelineAsTool` changes it.
    async fn tool_environment(&self, ctx: &Context<'_>) -> Result<Option<Environment>, ApiError> {
        Ok(self.row(ctx).await?.tool_environment.map(Into::into))
    }

    /// The publication whose version runs in an environment. Null if none is published to it.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn published(
        &self,
        ctx: &Context<'_>,
        environment: Environment,
    ) -> Result<Option<Publication>, ApiError> {
        let loaders = Loaders::of(ctx)?;
        let found = loaders.published(self.key(), environment.into()).await?;
        Ok(found.map(Publication))
    }

    /// What was published or is requested to be, newest first, at most 100: to one environment or to all.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn publications(
        &self,
        ctx: &Context<'_>,
        environment: Option<Environment>,
    ) -> Result<Vec<Publication>, ApiError> {
        let environment = environment.map(Into::into);
        let found = publications::of_pipeline(caller(ctx)?, self.key(), environment).await?;
        Ok(found.into_iter().map(Publication).collect())
    }

    /// What starts its runs by itself, by environment and name: in one environment or in all.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn triggers(
        &self,
        ctx: &Context<'_>,
        environment: Option<Environment>,
    ) -> Result<Vec<Trigger>, ApiError> {
        let environment = environment.map(Into::into);
        let found = triggers::of_pipeline(caller(ctx)?, self.key(), environment).await?;
        Ok(found.into_iter().map(Trigger).collect())
    }

    /// The draft of the next version. Null if nobody has opened one.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Draft>, ApiError> {
        let draft = drafts::get(caller(ctx)?, self.key()).await?;
        Ok(draft.map(Draft))
    }

    /// The newest run.
    async fn last_run(&self, ctx: &Context<'_>) -> Result<Option<Run>, ApiError> {
        Ok(self.row(ctx).await?.last_run.clone().map(Run))
    }
}

impl From<pipelines::Pipeline> for Pipeline {
    fn from(row: pipelines::Pipeline) -> Self {
        Self::Loaded(Box::new(row))
    }
}

impl Pipeline {
    fn key(&self) -> PipelineId {
        match self {
            Self::Known { id, .. } => *id,
            Self::Loaded(row) => row.id,
        }
    }

    async fn row(&self, ctx: &Context<'_>) -> Result<Cow<'_, pipelines::Pipeline>, ApiError> {
        match self {
            Self::Known { id, .. } => Ok(Cow::Owned(Loaders::of(ctx)?.pipeline(*id).await?)),
            Self::Loaded(row) => Ok(Cow::Borrowed(row)),
        }
    }
}
