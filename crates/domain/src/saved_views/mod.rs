//! Saved views: run filters that a person or API key saved under a name, in one organization.
//!
//! They are visible only to the caller who saved them.

pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::SavedViewId;
use uuid::Uuid;

pub use error::SavedViewError;

use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    runs::Filter,
    text,
};

/// The largest number of views that one caller may have in an organization.
pub const MAX_VIEWS: usize = 100;

/// A run filter with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// The view's id.
    pub id: SavedViewId,
    /// The name, unique among the caller's views.
    pub name: String,
    /// The filter.
    pub filter: Filter,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
    /// When it was last saved.
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<entity::Model> for SavedView {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: SavedViewId(row.id),
            name: row.name,
            filter: serde_json::from_str(&row.filter).map_err(AppError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The caller's views, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<SavedView>> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let rows = repo::all(ctx, owner(ctx)?).await?;
    rows.into_iter().map(SavedView::try_from).collect()
}

/// One of the caller's views.
pub async fn get(ctx: &Ctx, id: SavedViewId) -> Result<SavedView> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let row = repo::find(ctx, owner(ctx)?, id).await?;
    row.ok_or(SavedViewError::NotFound)?.try_into()
}

/// Saves a filter. With `id`, changes the name and filter of that view. Without, changes the filter
/// of the view with this name, or creates it.
pub async fn save(
    ctx: &Ctx,
    id: Option<SavedViewId>,
    name: &str,
    filter: &Filter,
) -> Result<SavedView> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let owner = owner(ctx)?;
    let name = text::line("name", name, 100)?;
    let filter = filter.checked(ctx).await?;
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let all = repo::all_in(&tx, ctx, owner).await?;
    let named = all.iter().find(|view| view.name == name);
    let known = match id {
        Some(id) => {
            let known = all.iter().find(|view| view.id == id.0);
            let known = known.ok_or(SavedViewError::NotFound)?;
            if named.is_some_and(|named| named.id != known.id) {
                let why = format!("`{name}` is another saved view; delete it, or use another name");
                return Err(AppError::conflict(format!("name: {why}")));
            }
            Some(known)
        }
        None => named,
    };
    if known.is_none() && all.len() >= MAX_VIEWS {
        return Err(SavedViewError::TooMany.into());
    }
    let row = entity::Model {
        id: known.map_or_else(|| SavedViewId::new(ctx.clock()).0, |known| known.id),
        org_id: ctx.org.0,
        owner_id: owner,
        name,
        filter: serde_json::to_string(&filter).map_err(AppError::internal)?,
        created_at: known.map_or(now, |known| known.created_at),
        updated_at: now,
    };
    if id.is_some() {
        repo::update(&tx, ctx, &row, now).await?;
    } else {
        repo::upsert(&tx, &row).await?;
    }
    let entry = Entry::new("saved_view.save", "saved_view", SavedViewId(row.id));
    audit::write(&tx, ctx, entry.detail(json!({ "name": row.name }))).await?;
    tx.commit().await?;
    row.try_into()
}

/// Deletes one of the caller's views.
pub async fn delete(ctx: &Ctx, id: SavedViewId) -> Result<()> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let owner = owner(ctx)?;
    let tx = ctx.begin().await?;
    let all = repo::all_in(&tx, ctx, owner).await?;
    let known = all.iter().find(|view| view.id == id.0);
    let known = known.ok_or(SavedViewError::NotFound)?;
    repo::delete(&tx, ctx, owner, id.0).await?;
    let entry = Entry::new("saved_view.delete", "saved_view", id);
    audit::write(&tx, ctx, entry.detail(json!({ "name": known.name }))).await?;
    tx.commit().await?;
    Ok(())
}

fn owner(ctx: &Ctx) -> Result<Uuid> {
    Ok(ctx.actor.id.ok_or(SavedViewError::NoOwner)?)
}
