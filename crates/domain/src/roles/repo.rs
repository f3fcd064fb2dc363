//! Reads and writes of custom roles.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder};
use types::{OrgId, RoleId};

use super::{
    entity::{Column, Entity, Model},
    error::Giver,
};
use crate::{App, Ctx, SystemCtx, Tx, tenancy::OrgEntity};

type Time = chrono::DateTime<chrono::Utc>;

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

/// Like [`find_in`], of an organization without a caller.
pub async fn find_of(tx: &Tx, app: &App, org: OrgId, id: RoleId) -> Result<Option<Model>, DbErr> {
    Entity::in_org_of(&SystemCtx::new(app), org)
        .filter(Column::Id.eq(id.0))
        .one(tx.conn())
        .await
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

/// What gives the role to people later, if anything does. An invitation that has expired does not: it
/// cannot be renewed without its role.
pub async fn giver(tx: &Tx, ctx: &Ctx, id: RoleId, now: Time) -> Result<Option<Giver>, DbErr> {
    let sql = "SELECT 1 AS found FROM invitations WHERE org_id = $1 AND role_id = $2 \
        AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3 LIMIT 1";
    let values = [ctx.org.0.into(), id.0.into(), now.into()];
    if tx.query_one(sql, values).await?.is_some() {
        return Ok(Some(Giver::Invitation));
    }
    // The roles of groups are JSON with the ids of roles, which have a fixed form.
    let sql = "SELECT 1 AS found FROM sso_providers WHERE org_id = $1 \
        AND (default_role_id = $2 OR mappings LIKE $3) LIMIT 1";
    let named = format!("%\"roleId\":\"{id}\"%");
    let values = [ctx.org.0.into(), id.0.into(), named.into()];
    if tx.query_one(sql, values).await?.is_some() {
        return Ok(Some(Giver::Provider));
    }
    for sql in [
        "SELECT 1 AS found FROM scim_groups WHERE org_id = $1 AND role_id = $2 LIMIT 1",
        "SELECT 1 AS found FROM scim_settings WHERE org_id = $1 AND default_role_id = $2 LIMIT 1",
    ] {
        let values = [ctx.org.0.into(), id.0.into()];
        if tx.query_one(sql, values).await?.is_some() {
            return Ok(Some(Giver::Provisioning));
        }
    }
    Ok(None)
}

/// Deletes a role.
pub async fn delete(tx: &Tx, ctx: &Ctx, id: RoleId) -> Result<(), DbErr> {
    let sql = "DELETE FROM roles WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.0.into()])
        .await
        .map(drop)
}
