//! Reads and writes of tokens.

use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Value,
};
use types::{OrgId, ScimTokenId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Ctx, Tx, tenancy::OrgEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// The organization's newest 100 tokens, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    let mut rows = ctx
        .all(Entity::in_org(ctx).order_by_desc(Column::Id).limit(100))
        .await?;
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// One token.
pub async fn find(ctx: &Ctx, id: ScimTokenId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// The unrevoked token with this hash, of whatever organization.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_scim_token($1)"
    } else {
        "/* across organizations: sign-in */ SELECT * FROM scim_tokens \
         WHERE token_hash = $1 AND revoked_at IS NULL"
    };
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| Model::from_query_result(&row, ""))
        .transpose()
}

/// How many tokens were not revoked.
pub async fn count(tx: &Tx, ctx: &Ctx) -> Result<u64, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::RevokedAt.is_null());
    select.count(tx.conn()).await
}

/// Writes a new token.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_tokens (id, org_id, name, token_hash, prefix, removes_owners, \
        created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.token_hash.clone().into(),
        row.prefix.as_str().into(),
        row.removes_owners.into(),
        row.created_by.into(),
        row.created_at.into(),
        row.expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Marks a token as revoked.
pub async fn revoke(tx: &Tx, org: OrgId, id: ScimTokenId, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE scim_tokens SET revoked_at = $1 \
        WHERE org_id = $2 AND id = $3 AND revoked_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Records when a token was last used.
pub async fn used(tx: &Tx, org: OrgId, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE scim_tokens SET last_used_at = $1 WHERE org_id = $2 AND id = $3";
    let values = [now.into(), org.0.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}
