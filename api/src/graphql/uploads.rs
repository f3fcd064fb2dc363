//! Deletes uploads: files that are sent ahead of a run. `http::upload` receives them, and
//! `startRun` uses them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::uploads;

use super::{caller, cost, ids};
use crate::error::ApiError;

/// The upload to delete.
#[derive(InputObject)]
pub struct DeleteUploadInput {
    id: ID,
}

/// The id of the deleted upload.
#[derive(SimpleObject)]
pub struct DeleteUploadPayload {
    deleted_id: ID,
}

/// Mutations of uploads.
#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Deletes a file that was sent with `POST /uploads`. Runs that were started with it keep their
    /// input. Requires `run.start`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_upload(
        &self,
        ctx: &Context<'_>,
        input: DeleteUploadInput,
    ) -> Result<DeleteUploadPayload, ApiError> {
        uploads::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteUploadPayload {
            deleted_id: input.id,
        })
    }
}
