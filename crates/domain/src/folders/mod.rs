//! Folders of pipelines. A pipeline is in one folder or in none, and folders are not nested.
//!
//! What is granted on a folder counts for the pipelines in it. Moving a pipeline therefore changes
//! rights; see `pipelines::move_to`.

pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{FolderId, PipelineId};

pub use error::FolderError;

use crate::{
    Ctx, Tx,
    access::{Object, Permission, PermissionSet},
    audit::{self, Entry},
    ctx::ActorKind,
    error::Result,
    live::Right,
    organizations, text,
};

/// The largest number of folders in an organization.
pub const MAX_FOLDERS: usize = 1_000;

/// A folder of pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder's id.
    pub id: FolderId,
    /// The name, unique in the organization.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl From<entity::Model> for Folder {
    fn from(row: entity::Model) -> Self {
        Self {
            id: FolderId(row.id),
            name: row.name,
            created_at: row.created_at,
        }
    }
}

/// Those of the organization's folders that the caller may read, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<Folder>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    Ok(seen(ctx, repo::all(ctx).await?))
}

/// Those of the folders in which the caller may read all pipelines. A right on a single pipeline shows
/// nothing of the folder around it.
fn seen(ctx: &Ctx, rows: Vec<entity::Model>) -> Vec<Folder> {
    let all = rows.into_iter().map(Folder::from);
    let reads = |folder: &Folder| {
        let there = ctx.rights.in_folder(folder.id);
        there.has(Permission::PipelineRead)
    };
    all.filter(reads).collect()
}

/// One folder.
pub async fn get(ctx: &Ctx, id: FolderId) -> Result<Folder> {
    let found = get_many(ctx, &[id]).await?.pop();
    found.ok_or_else(|| FolderError::NotFound.into())
}

/// Those of these folders that exist and that the caller may read, in no order.
pub async fn get_many(ctx: &Ctx, ids: &[FolderId]) -> Result<Vec<Folder>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(seen(ctx, repo::find_many(ctx, ids).await?))
}

/// Creates an empty folder.
pub async fn create(ctx: &Ctx, name: &str) -> Result<Folder> {
    ctx.authorize(Permission::PipelineWrite).await?;
    save(ctx, None, name).await
}

/// Renames a folder.
pub async fn rename(ctx: &Ctx, id: FolderId, name: &str) -> Result<Folder> {
    ctx.authorize(Permission::PipelineWrite).await?;
    save(ctx, Some(id), name).await
}

async fn save(ctx: &Ctx, id: Option<FolderId>, name: &str) -> Result<Folder> {
    let name = text::line("name", name, 100)?;
    let tx = ctx.begin().await?;
    organizations::lock(&tx, ctx.org).await?;
    let all = repo::all_in(&tx, ctx).await?;
    let same = |row: &&entity::Model| row.name.to_lowercase() == name.to_lowercase();
    if all
        .iter()
        .filter(same)
        .any(|row| Some(FolderId(row.id)) != id)
    {
        return Err(FolderError::Taken(name).into());
    }
    let row = match id {
        Some(id) => {
            let old = all.into_iter().find(|row| row.id == id.0);
            let old = old.ok_or(FolderError::NotFound)?;
            entity::Model { name, ..old }
        }
        None if all.len() >= MAX_FOLDERS => return Err(FolderError::TooMany.into()),
        None => entity::Model {
            id: FolderId::new(ctx.clock()).0,
            org_id: ctx.org.0,
            name,
            created_at: ctx.clock().now(),
        },
    };
    repo::upsert(&tx, &row).await?;
    let action = match id {
        Some(_) => "folder.rename",
        None => "folder.create",
    };
    let folder = Folder::from(row);
    let entry = Entry::new(action, "folder", folder.id).detail(json!({ "name": folder.name }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(folder)
}

/// Deletes a folder with the grants on it. That withdraws these grants, so the caller needs the
/// permissions that they give and must be a person who may withdraw them. The folder's pipelines are kept,
/// in no folder.
pub async fn delete(ctx: &Ctx, id: FolderId) -> Result<()> {
    ctx.authorize(Permission::PipelineWrite).await?;
    let withdraws = Permission::GrantManage;
    let may_withdraw = ctx.actor.kind == ActorKind::User && ctx.rights.permissions.has(withdraws);
    let tx = ctx.begin().await?;
    let folder = locked(&tx, ctx, id).await?;
    let tx = covers(tx, ctx, (&folder, "id"), ctx.rights.permissions).await?;
    let given = organizations::granted_on(&tx, ctx, Object::Folder(id)).await?;
    if !given.is_empty() && !may_withdraw {
        // The refusal is written in a separate transaction, which would wait for this one.
        tx.rollback().await?;
        let message = format!(
            "Deleting the folder would withdraw the grants on it, which requires a signed-in person with \
             the permission `{withdraws}`; ask such a person to delete it"
        );
        return Err(ctx.refuse(withdraws, message).await);
    }
    let pipelines = repo::delete(&tx, ctx, id).await?;
    let detail = json!({ "name": folder.name, "pipelines": pipelines });
    let entry = Entry::new("folder.delete", "folder", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(())
}

/// The folder that a pipeline is in.
pub(crate) async fn of_pipeline(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<FolderId>> {
    Ok(repo::of_pipeline(ctx, pipeline).await?.map(FolderId))
}

/// A folder, in a transaction in which nobody else changes folders or grants.
pub(crate) async fn locked(tx: &Tx, ctx: &Ctx, id: FolderId) -> Result<Folder> {
    organizations::lock(tx, ctx.org).await?;
    let row = repo::find_in(tx, ctx, id).await?;
    Ok(row.ok_or(FolderError::NotFound)?.into())
}

/// Refuses, with an audit row, if grants on the [locked] folder give permissions that the caller does
/// not have in the organization, or has only by a grant that ends. `field` is the one that named the
/// folder.
pub(crate) async fn gives(tx: Tx, ctx: &Ctx, folder: &Folder, field: &str) -> Result<Tx> {
    let own = organizations::lasting_in(&tx, ctx).await?;
    covers(tx, ctx, (folder, field), own).await
}

/// Like [`gives`], for what the caller has by now: `own`.
async fn covers(
    tx: Tx,
    ctx: &Ctx,
    (folder, field): (&Folder, &str),
    own: PermissionSet,
) -> Result<Tx> {
    let given = organizations::granted_on(&tx, ctx, Object::Folder(folder.id)).await?;
    if !given.exceeds(own) {
        return Ok(tx);
    }
    // The refusal is written in a separate transaction, which would wait for this one.
    tx.rollback().await?;
    let what = format!("a grant on the folder `{}`", folder.name);
    let needed = Permission::PipelineWrite;
    Err(ctx.refuse_more(needed, field, &what, given, own).await)
}
