//! Mutations of pipelines: create, push a version, rename, delete and restore.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{examples, pipelines};

use super::{
    super::{caller, cost, enums::Environment, ids},
    Pipeline, PipelineVersion,
};
use crate::error::ApiError;

/// A pipeline file to import, or the name of an empty pipeline.
#[derive(InputObject)]
pub struct CreatePipelineInput {
    /// The pipeline file. If absent, an empty pipeline is created, which requires `name`. It can be
    /// opened and pushed to, and can run once a version has a stage.
    source: Option<String>,
    /// A name that pushes do not change. If absent, the pipeline has the name in its latest
    /// version's file.
    name: Option<String>,
    /// Idempotency key: requests with the same key create one pipeline.
    idempotency_key: Option<String>,
    /// The folder to create it in. There, a grant of `pipeline.write` on the folder suffices.
    folder_id: Option<ID>,
}

impl CreatePipelineInput {
    fn size(&self) -> usize {
        self.source.as_ref().map_or(0, String::len)
    }
}

/// The pipeline to rename, and its new name.
#[derive(InputObject)]
pub struct RenamePipelineInput {
    pipeline_id: ID,
    /// A name that pushes do not change. If null or absent, the pipeline has the name in its latest
    /// version's file.
    name: Option<String>,
}

/// The renamed pipeline.
#[derive(SimpleObject)]
pub struct RenamePipelinePayload {
    pipeline: Pipeline,
}

/// The pipeline to move, and where to.
#[derive(InputObject)]
pub struct MovePipelineInput {
    pipeline_id: ID,
    /// The folder to move it to. If null or absent, it is in no folder afterwards.
    folder_id: Option<ID>,
}

/// The moved pipeline.
#[derive(SimpleObject)]
pub struct MovePipelinePayload {
    pipeline: Pipeline,
}

/// The pipeline, and where it runs as a tool.
#[derive(InputObject)]
pub struct ExposePipelineAsToolInput {
    pipeline_id: ID,
    /// The environment in which calls of the tool run it. If null or absent, it is no tool afterwards.
    environment: Option<Environment>,
}

/// The pipeline after the change.
#[derive(SimpleObject)]
pub struct ExposePipelineAsToolPayload {
    pipeline: Pipeline,
}

/// The pipeline to delete.
#[derive(InputObject)]
pub struct DeletePipelineInput {
    pipeline_id: ID,
}

/// The deleted pipeline. It can be restored until `restorableUntil`.
#[derive(SimpleObject)]
pub struct DeletePipelinePayload {
    pipeline: Pipeline,
}

/// The pipeline to restore.
#[derive(InputObject)]
pub struct RestorePipelineInput {
    pipeline_id: ID,
}

/// The restored pipeline.
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

/// A new version of a pipeline.
#[derive(InputObject)]
pub struct PushPipelineVersionInput {
    pipeline_id: ID,
    source: String,
}

/// The version. `created` is false if the latest version already has exactly these bytes.
#[derive(SimpleObject)]
pub struct PushPipelineVersionPayload {
    version: PipelineVersion,
    created: bool,
}

/// Mutations of pipelines.
#[derive(Default)]
pub struct PipelineMutation;

#[Object]
impl PipelineMutation {
    /// Creates a pipeline from a file, or an empty pipeline. Requires `pipeline.write`; on the
    /// folder, if it is created in one.
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
            folder: input.folder_id.as_ref().map(ids::read),
        };
        let (pipeline, version) = pipelines::create_from(caller(ctx)?, new).await?;
        Ok(CreatePipelinePayload {
            pipeline: Pipeline::from(pipeline),
            version: PipelineVersion::Loaded(version),
        })
    }

    /// Creates a pipeline from an example. Requires `pipeline.write`.
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

    /// Adds a version to a pipeline and makes it the latest one. Pushing the latest version's file
    /// again adds none. Requires `pipeline.read`, because the latest version is compared, and
    /// `pipeline.write`. A push that renames the pipeline requires what `renamePipeline` does.
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

    /// Renames a pipeline, or makes it take its name from its file again. Requires `pipeline.write`
    /// and, if the pipeline is published to production, `production.use`.
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

    /// Moves a pipeline to a folder, or out of its folder. Requires `pipeline.write` in the
    /// organization and every permission that grants on the new folder give, because these grants
    /// count on the pipeline afterwards.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn move_pipeline(
        &self,
        ctx: &Context<'_>,
        input: MovePipelineInput,
    ) -> Result<MovePipelinePayload, ApiError> {
        let folder = input.folder_id.as_ref().map(ids::read);
        let id = ids::read(&input.pipeline_id);
        let pipeline = pipelines::move_to(caller(ctx)?, id, folder).await?;
        Ok(MovePipelinePayload {
            pipeline: pipeline.into(),
        })
    }

    /// Makes a pipeline a tool of the MCP server, or withdraws it. Whoever may start it there can then see
    /// its name, its description and its input schema, and call it. Requires `pipeline.write`, and for
    /// the environment `run.start` and, in production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn expose_pipeline_as_tool(
        &self,
        ctx: &Context<'_>,
        input: ExposePipelineAsToolInput,
    ) -> Result<ExposePipelineAsToolPayload, ApiError> {
        let id = ids::read(&input.pipeline_id);
        let environment = input.environment.map(Into::into);
        let pipeline = pipelines::expose_as_tool(caller(ctx)?, id, environment).await?;
        Ok(ExposePipelineAsToolPayload {
            pipeline: pipeline.into(),
        })
    }

    /// Deletes a pipeline. It disappears from lists, accepts no versions and starts no runs. Runs in
    /// progress continue, and all of its runs stay readable. `restorePipeline` can undo this for 30
    /// days. Deleting a pipeline again has no effect. Requires `pipeline.write` and, if the pipeline
    /// is published to production, `production.use`.
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

    /// Restores a deleted pipeline, up to 30 days after its deletion. A pipeline that is not deleted
    /// is left unchanged. Requires `pipeline.write` and, if the pipeline is published to production,
    /// `production.use`.
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
