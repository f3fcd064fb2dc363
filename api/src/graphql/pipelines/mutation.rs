//! Importing pipelines and pushing versions.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{examples, pipelines};

use super::{
    super::{caller, cost, ids},
    Pipeline, PipelineVersion,
};
use crate::error::ApiError;

/// A file to import. Its name is the file's unless one is given.
#[derive(InputObject)]
pub struct CreatePipelineInput {
    source: String,
    name: Option<String>,
}

/// The new pipeline and its first version.
#[derive(SimpleObject)]
pub struct CreatePipelinePayload {
    pipeline: Pipeline,
    version: PipelineVersion,
}

/// An example to take.
#[derive(InputObject)]
pub struct CreatePipelineFromExampleInput {
    name: String,
}

/// The new pipeline and its first version.
#[derive(SimpleObject)]
pub struct CreatePipelineFromExamplePayload {
    pipeline: Pipeline,
    version: PipelineVersion,
}

/// The next version of a pipeline.
#[derive(InputObject)]
pub struct PushPipelineVersionInput {
    pipeline_id: ID,
    source: String,
}

/// The version. `created` is false when these bytes were the latest version already.
#[derive(SimpleObject)]
pub struct PushPipelineVersionPayload {
    version: PipelineVersion,
    created: bool,
}

/// Changes of pipelines.
#[derive(Default)]
pub struct PipelineMutation;

#[Object]
impl PipelineMutation {
    #[graphql(complexity = "cost::FILE + cost::of_bytes(input.source.len()) + child_complexity")]
    async fn create_pipeline(
        &self,
        ctx: &Context<'_>,
        input: CreatePipelineInput,
    ) -> Result<CreatePipelinePayload, ApiError> {
        let (pipeline, version) =
            pipelines::create(caller(ctx)?, &input.source, input.name.as_deref()).await?;
        Ok(CreatePipelinePayload {
            pipeline: Pipeline::from(pipeline),
            version: PipelineVersion::Loaded(version),
        })
    }

    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn create_pipeline_from_example(
        &self,
        ctx: &Context<'_>,
        input: CreatePipelineFromExampleInput,
    ) -> Result<CreatePipelineFromExamplePayload, ApiError> {
        let (pipeline, version) = examples::create_pipeline(caller(ctx)?, &input.name).await?;
        Ok(CreatePipelineFromExamplePayload {
            pipeline: Pipeline::from(pipeline),
            version: PipelineVersion::Loaded(version),
        })
    }

    #[graphql(complexity = "cost::FILE + cost::of_bytes(input.source.len()) + child_complexity")]
    async fn push_pipeline_version(
        &self,
        ctx: &Context<'_>,
        input: PushPipelineVersionInput,
    ) -> Result<PushPipelineVersionPayload, ApiError> {
        let id = ids::read(&input.pipeline_id);
        let (version, created) = pipelines::push(caller(ctx)?, id, &input.source).await?;
        Ok(PushPipelineVersionPayload {
            version: PipelineVersion::Loaded(version),
            created,
        })
    }
}
