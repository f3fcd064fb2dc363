//! Pipelines and their versions.

mod mutation;
mod query;
mod stage;
mod version;

use std::borrow::Cow;

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use domain::pipelines;
use types::PipelineId;

pub use mutation::PipelineMutation;
pub use query::PipelineQuery;
pub use version::PipelineVersion;

use super::{
    Loaders, caller,
    connection::{self, Connection},
    cost,
    runs::{self, Run},
};
use crate::error::ApiError;

/// A pipeline: a file with versions, and its runs.
#[derive(Description)]
pub enum Pipeline {
    /// As a run's row names it; the rest is read when it is asked for.
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

    async fn name(&self) -> &str {
        match self {
            Self::Known { name, .. } => name,
            Self::Loaded(row) => &row.name,
        }
    }

    /// The latest version's description.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(self.row(ctx).await?.description.clone())
    }

    async fn created_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>, ApiError> {
        Ok(self.row(ctx).await?.created_at)
    }

    /// When the latest version came.
    async fn updated_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>, ApiError> {
        Ok(self.row(ctx).await?.updated_at)
    }

    /// The version that a run takes unless it names one.
    async fn latest_version(&self, ctx: &Context<'_>) -> Result<PipelineVersion, ApiError> {
        let row = self.row(ctx).await?;
        Ok(PipelineVersion::Known {
            id: row.latest_version,
            number: Some(row.latest_number),
        })
    }

    /// The newest first.
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

    /// The newest first.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Run>, ApiError> {
        runs::list(caller(ctx)?, first, after, Some(self.key()), Vec::new()).await
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
