//! Reads and writes of the settings.

use sea_orm::{DbErr, FromQueryResult};
use types::OrgId;

use super::entity::{Entity, Model};
use crate::{
    Ctx, Tx,
    roles::RoleChoice,
    tenancy::{OrgEntity, SCOPE},
};

/// The organization's settings, if they were changed.
pub async fn find(ctx: &Ctx) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx)).await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx) -> Result<Option<Model>, DbErr> {
    Entity::in_org(ctx).one(tx.conn()).await
}

/// Writes the settings.
pub async fn upsert(tx: &Tx, org: OrgId, role: RoleChoice) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_settings (org_id, default_role, default_role_id) \
        VALUES ($1, $2, $3) ON CONFLICT (org_id) DO UPDATE SET \
            default_role = excluded.default_role, default_role_id = excluded.default_role_id";
    let values = [org.0.into(), role.stored().into(), role.custom_id().into()];
    tx.execute(sql, values).await.map(drop)
}

#[derive(FromQueryResult)]
struct Counts {
    active: i64,
    inactive: i64,
    waiting: i64,
}

/// The numbers of active, inactive and waiting users.
pub async fn counts(ctx: &Ctx) -> Result<(u64, u64, u64), DbErr> {
    let sql = format!(
        "SELECT count(CASE WHEN u.active THEN 1 END) AS active, \
             count(CASE WHEN NOT u.active THEN 1 END) AS inactive, \
             count(CASE WHEN u.active AND u.waits_for IS NOT NULL THEN 1 END) AS waiting \
         FROM scim_users u WHERE {SCOPE} AND u.org_id = $1 AND u.deleted_at IS NULL LIMIT 1"
    );
    let rows: Vec<Counts> = ctx.rows(&sql, []).await?;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(rows.first().map_or((0, 0, 0), |row| {
        (
            number(row.active),
            number(row.inactive),
            number(row.waiting),
        )
    }))
}
