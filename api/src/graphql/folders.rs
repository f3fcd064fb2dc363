//! Folders of pipelines.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::folders;

use super::{caller, cost, ids};
use crate::error::ApiError;

/// A folder of pipelines. What is granted on a folder counts for the pipelines in it.
#[derive(Description)]
pub struct Folder(pub folders::Folder);

#[Object(use_type_description)]
impl Folder {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Queries for folders.
#[derive(Default)]
pub struct FolderQuery;

#[Object]
impl FolderQuery {
    /// The organization's folders that the caller may view, by name; at most 1,000. For the pipelines in one, see `pipelines`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(50, child_complexity)")]
    async fn folders(&self, ctx: &Context<'_>) -> Result<Vec<Folder>, ApiError> {
        let folders = folders::list(caller(ctx)?).await?;
        Ok(folders.into_iter().map(Folder).collect())
    }
}

/// A new folder.
#[derive(InputObject)]
pub struct CreateFolderInput {
    name: String,
}

/// The new folder.
#[derive(SimpleObject)]
pub struct CreateFolderPayload {
    folder: Folder,
}

/// A folder and its new name.
#[derive(InputObject)]
pub struct RenameFolderInput {
    id: ID,
    name: String,
}

/// The renamed folder.
#[derive(SimpleObject)]
pub struct RenameFolderPayload {
    folder: Folder,
}

/// The folder to delete.
#[derive(InputObject)]
pub struct DeleteFolderInput {
    id: ID,
}

/// The id of the deleted folder.
#[derive(SimpleObject)]
pub struct DeleteFolderPayload {
    deleted_id: ID,
}

/// Mutations of folders.
#[derive(Default)]
pub struct FolderMutation;

#[Object]
impl FolderMutation {
    /// Creates an empty folder. Requires `pipeline.write`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_folder(
        &self,
        ctx: &Context<'_>,
        input: CreateFolderInput,
    ) -> Result<CreateFolderPayload, ApiError> {
        let folder = folders::create(caller(ctx)?, &input.name).await?;
        Ok(CreateFolderPayload {
            folder: Folder(folder),
        })
    }

    /// Renames a folder. Requires `pipeline.write`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rename_folder(
        &self,
        ctx: &Context<'_>,
        input: RenameFolderInput,
    ) -> Result<RenameFolderPayload, ApiError> {
        let folder = folders::rename(caller(ctx)?, ids::read(&input.id), &input.name).await?;
        Ok(RenameFolderPayload {
            folder: Folder(folder),
        })
    }

    /// Deletes a folder with the grants on it. Its pipelines are kept, in no folder. Requires
    /// `pipeline.write` and, if there are grants on it, `grant.manage` and every permission that
    /// they give.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_folder(
        &self,
        ctx: &Context<'_>,
        input: DeleteFolderInput,
    ) -> Result<DeleteFolderPayload, ApiError> {
        folders::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteFolderPayload {
            deleted_id: input.id,
        })
    }
}
