//! Reads and writes of saved views.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder};
use types::SavedViewId;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{Ctx, Tx, tenancy::OrgEntity};

/// An owner's views in the organization, by name.
pub async fn all(ctx: &Ctx, owner: Uuid) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::OwnerId.eq(owner))
        .order_by_asc(Column::Name);
    ctx.all(select).await
}

/// One of an owner's views.
pub async fn find(ctx: &Ctx, owner: Uuid, id: SavedViewId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::OwnerId.eq(owner))
        .filter(Column::Id.eq(id.0));
    ctx.one(select).await
}

/// Like [`all`], in a transaction and in no order.
pub async fn all_in(tx: &Tx, ctx: &Ctx, owner: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx)
        .filter(Column::OwnerId.eq(owner))
        .all(tx.conn())
        .await
}

/// Writes a view. If the owner has one with the same name, that one keeps its id and gets the
/// filter.
pub async fn upsert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    tx.execute(
        "INSERT INTO saved_views (id, org_id, owner_id, name, filter, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) \
         ON CONFLICT (org_id, owner_id, name) DO UPDATE SET \
             filter = excluded.filter, updated_at = excluded.updated_at",
        [
            row.id.into(),
            row.org_id.into(),
            row.owner_id.into(),
            row.name.as_str().into(),
            row.filter.as_str().into(),
            row.created_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Changes a view's name and filter.
pub async fn update(tx: &Tx, ctx: &Ctx, row: &Model, at: DateTime<Utc>) -> Result<(), DbErr> {
    tx.execute(
        "UPDATE saved_views SET name = $1, filter = $2, updated_at = $3 \
         WHERE org_id = $4 AND id = $5",
        [
            row.name.as_str().into(),
            row.filter.as_str().into(),
            at.into(),
            ctx.org.0.into(),
            row.id.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Removes an owner's view.
pub async fn delete(tx: &Tx, ctx: &Ctx, owner: Uuid, id: Uuid) -> Result<(), DbErr> {
    tx.execute(
        "DELETE FROM saved_views WHERE org_id = $1 AND owner_id = $2 AND id = $3",
        [ctx.org.0.into(), owner.into(), id.into()],
    )
    .await?;
    Ok(())
}
