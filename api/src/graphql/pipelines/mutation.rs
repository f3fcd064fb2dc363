//! Importing pipelines, pushing versions, renaming, deleting and restoring.

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
    /// The file. Absent: an empty pipeline, which can be opened and pushed to, and runs once a
    /// version has a stage; it needs a name.
    source: Option<String>,
    /// The pipeline's own name, which no push changes. Absent: the name in the file, and after
    /// each push that in the new one.
    name: Option<String>,
    /// Idempotency key: requests with the same key create one pipeline.
    idempotency_key: Option<String>,
}

impl CreatePipelineInput {
    fn size(&self) -> usize {
        self.source.as_ref().map_or(0, String::len)
    }
}

/// A name for a pipeline.
#[derive(InputObject)]
pub struct RenamePipelineInput {
    pipeline_id: ID,
    /// The new name, which no push changes. Null or absent: the name in the latest version's file,
    /// and from then on that in each new one.
    name: Option<String>,
}

/// The pipeline with its name.
#[derive(SimpleObject)]
pub struct RenamePipelinePayload {
    pipeline: Pipeline,
}

/// Which pipeline.
#[derive(InputObject)]
pub struct DeletePipelineInput {
    pipeline_id: ID,
}

/// The deleted pipeline; `restorableUntil` says how long it can be brought back.
#[derive(SimpleObject)]
pub struct DeletePipelinePayload {
    pipeline: Pipeline,
}

/// Which pipeline.
#[derive(InputObject)]
pub struct RestorePipelineInput {
    pipeline_id: ID,
}

/// The pipeline as it was.
#[derive(SimpleObject)]
pub struct RestorePipelinePayload {
    pipeline: Pipeline,
}

/// The new pipeline and its first version.
#[derive(SimpleObject)]
pub struct CreatePipelinePayload {
    pipeline: Pipeline,
    version: PipelineVersion,
}

/// The example to copy.
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
    /// Imports a file, or makes an empty pipeline.
    #[graphql(complexity = "cost::FILE + cost::of_bytes(input.size()) + child_complexity")]
    async fn create_pipeline(
        &self,
        ctx: &Context<'_>,
        input: CreatePipelineInput,
    ) -> Result<CreatePipelinePayload, ApiError> {
        let new = pipelines::NewPipeline {
            source: input.source.as_deref(),
            name: input.name.as_deref(),
            idempotency_key: input.idempotency_key.as_deref(),
        };
        let (pipeline, version) = pipelines::create_from(caller(ctx)?, new).await?;
        Ok(CreatePipelinePayload {
            pipeline: Pipeline::from(pipeline),
            version: PipelineVersion::Loaded(version),
        })
    }

    /// Creates a pipeline with the file of an example.
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

    /// Adds a version to a pipeline and makes it the latest one. The same file again adds none.
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

    /// Renames a pipeline, or lets it take its name from its file again.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn rename_pipeline(
        &self,
        ctx: &Context<'_>,
        input: RenamePipelineInput,
    ) -> Result<RenamePipelinePayload, ApiError> {
        let id = ids::read(&input.pipeline_id);
        let pipeline = pipelines::rename(caller(ctx)?, id, input.name.as_deref()).await?;
        Ok(RenamePipelinePayload {
            pipeline: pipeline.into(),
        })
    }

    /// Deletes a pipeline: it is gone from the lists, takes no versions and starts no runs. Runs in
    /// work go on, and all of its runs stay readable. For 30 days `restorePipeline` undoes it.
    /// Deleting twice changes nothing more.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_pipeline(
        &self,
        ctx: &Context<'_>,
        input: DeletePipelineInput,
    ) -> Result<DeletePipelinePayload, ApiError> {
        let pipeline = pipelines::delete(caller(ctx)?, ids::read(&input.pipeline_id)).await?;
        Ok(DeletePipelinePayload {
            pipeline: pipeline.into(),
        })
    }

    /// Brings a deleted pipeline back, for 30 days after its deletion. One that is not deleted stays
    /// as it is.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn restore_pipeline(
        &self,
        ctx: &Context<'_>,
        input: RestorePipelineInput,
    ) -> Result<RestorePipelinePayload, ApiError> {
        let pipeline = pipelines::restore(caller(ctx)?, ids::read(&input.pipeline_id)).await?;
        Ok(RestorePipelinePayload {
            pipeline: pipeline.into(),
        })
    }
}
