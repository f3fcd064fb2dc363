//! Reads and writes of custom roles.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder};
use types::RoleId;

use super::entity::{Column, Entity, Model};
use crate::{Ctx, Tx, tenancy::OrgEntity};

/// The organization's roles, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_asc(Column::Name))
        .await
}

/// Like [`all`], in a transaction and in no order.
pub async fn all_in(tx: &Tx, ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx).all(tx.conn()).await
}

/// One role.
pub async fn find(ctx: &Ctx, id: RoleId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: RoleId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id.0));
    select.one(tx.conn()).await
}

/// Writes a role, or changes the one with its id.
pub async fn upsert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    tx.execute(
        "INSERT INTO roles (id, org_id, name, description, permissions, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
             description = excluded.description, permissions = excluded.permissions, \
             updated_at = excluded.updated_at",
        [
            row.id.into(),
            row.org_id.into(),
            row.name.as_str().into(),
            row.description.as_str().into(),
            row.permissions.as_str().into(),
            row.created_at.into(),
            row.updated_at.into(),
        ],
    )
    .await
    .map(drop)
}

/// How many members, service accounts and grants have the role.
pub async fn holders(tx: &Tx, ctx: &Ctx, id: RoleId) -> Result<i64, DbErr> {
    let sql = "SELECT (SELECT count(*) FROM memberships WHERE org_id = $1 AND role_id = $2) \
        + (SELECT count(*) FROM service_accounts WHERE org_id = $1 AND role_id = $2) \
        + (SELECT count(*) FROM grants WHERE org_id = $1 AND role_id = $2) AS holders";
    let values = [ctx.org.0.into(), id.0.into()];
    let row = tx.query_one(sql, values).await?;
    row.map_or(Ok(0), |row| row.try_get("", "holders"))
}

/// Deletes a role.
pub async fn delete(tx: &Tx, ctx: &Ctx, id: RoleId) -> Result<(), DbErr> {
    let sql = "DELETE FROM roles WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.0.into()])
        .await
        .map(drop)
}
