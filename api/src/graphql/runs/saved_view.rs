//! Saved views: filters of runs that a person keeps under a name.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::saved_views;

use super::{
    super::{caller, cost, ids},
    filter::{RunFilter, RunFilterInput},
};
use crate::error::ApiError;

/// A named filter of runs. It is visible only to the person or API key that saved it, in one
/// organization.
#[derive(Description)]
pub struct SavedRunView(pub saved_views::SavedView);

#[Object(use_type_description)]
impl SavedRunView {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn filter(&self) -> RunFilter {
        self.0.filter.clone().into()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Queries for saved views.
#[derive(Default)]
pub struct SavedViewQuery;

#[Object]
impl SavedViewQuery {
    /// The caller's saved views, sorted by name; at most 100.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn saved_run_views(&self, ctx: &Context<'_>) -> Result<Vec<SavedRunView>, ApiError> {
        let views = saved_views::list(caller(ctx)?).await?;
        Ok(views.into_iter().map(SavedRunView).collect())
    }
}

/// A filter and its name.
#[derive(InputObject)]
pub struct SaveRunViewInput {
    /// The view to change. If absent, the view with this name is changed, or created if there is
    /// none.
    id: Option<ID>,
    name: String,
    filter: RunFilterInput,
}

/// The saved view.
#[derive(SimpleObject)]
pub struct SaveRunViewPayload {
    saved_run_view: SavedRunView,
}

/// The saved view to delete.
#[derive(InputObject)]
pub struct DeleteSavedRunViewInput {
    id: ID,
}

/// The id of the deleted view.
#[derive(SimpleObject)]
pub struct DeleteSavedRunViewPayload {
    deleted_id: ID,
}

/// Mutations of saved views.
#[derive(Default)]
pub struct SavedViewMutation;

#[Object]
impl SavedViewMutation {
    /// Saves a filter of runs under a name, for the caller. Requires `run.read`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn save_run_view(
        &self,
        ctx: &Context<'_>,
        input: SaveRunViewInput,
    ) -> Result<SaveRunViewPayload, ApiError> {
        let id = input.id.as_ref().map(ids::read);
        let filter = input.filter.into();
        let view = saved_views::save(caller(ctx)?, id, &input.name, &filter).await?;
        Ok(SaveRunViewPayload {
            saved_run_view: SavedRunView(view),
        })
    }

    /// Deletes a saved view of the caller. Requires `run.read`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_saved_run_view(
        &self,
        ctx: &Context<'_>,
        input: DeleteSavedRunViewInput,
    ) -> Result<DeleteSavedRunViewPayload, ApiError> {
        saved_views::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteSavedRunViewPayload {
            deleted_id: input.id,
        })
    }
}
