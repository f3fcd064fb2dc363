//! Reads and writes of requests.

use sea_orm::{DbErr, QueryOrder, QuerySelect, Value};
use types::OrgId;

use super::entity::{Column, Entity, Model};
use crate::{Ctx, Tx, tenancy::OrgEntity};

/// The newest requests, newest first.
pub async fn newest(ctx: &Ctx, most: u64) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx).order_by_desc(Column::Id).limit(most);
    let mut rows = ctx.all(select).await?;
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// Writes a request.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_requests \
        (id, org_id, token_id, token_name, at, method, path, status, problem) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.org_id.into(),
        row.token_id.into(),
        row.token_name.as_str().into(),
        row.at.into(),
        row.method.as_str().into(),
        row.path.as_str().into(),
        row.status.into(),
        row.problem.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Deletes all but the newest requests.
pub async fn forget_old(tx: &Tx, org: OrgId, kept: u64) -> Result<(), DbErr> {
    let sql = "DELETE FROM scim_requests WHERE org_id = $1 AND id <= (\
        SELECT r.id FROM scim_requests r WHERE r.org_id = $1 ORDER BY r.id DESC LIMIT 1 OFFSET $2)";
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    tx.execute(sql, [org.0.into(), kept.into()]).await.map(drop)
}
