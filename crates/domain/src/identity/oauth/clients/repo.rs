//! Reads and writes of applications.

use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Value,
};
use types::{ApplicationId, OrgId};

use super::entity::{Column, Entity, Model};
use crate::{App, Ctx, Tx, tenancy::OrgEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// The organization's applications, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .limit(1_000);
    ctx.all(select).await
}

/// One of the organization's applications.
pub async fn find(ctx: &Ctx, id: ApplicationId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id.0));
    ctx.one(select.filter(Column::DeletedAt.is_null())).await
}

/// How many applications the organization has.
pub async fn count(tx: &Tx, ctx: &Ctx) -> Result<u64, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::DeletedAt.is_null());
    select.count(tx.conn()).await
}

/// The application with this id, of whatever organization.
pub async fn lookup(app: &App, id: ApplicationId) -> Result<Option<Model>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_oauth_client($1)"
    } else {
        "/* across organizations: sign-in */ SELECT * FROM oauth_clients \
         WHERE id = $1 AND deleted_at IS NULL"
    };
    let row = app
        .db()
        .query_one(app.db().statement(sql, [id.0.into()]))
        .await?;
    row.map(|row| Model::from_query_result(&row, ""))
        .transpose()
}

/// Writes a new application.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO oauth_clients (id, org_id, name, kind, redirect_uris, scopes, device_flow, \
            service_account_id, secret_hash, secret_shown, created_by, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.kind.as_str().into(),
        row.redirect_uris.as_str().into(),
        row.scopes.as_str().into(),
        row.device_flow.into(),
        row.service_account_id.into(),
        row.secret_hash.clone().into(),
        row.secret_shown.clone().into(),
        row.created_by.into(),
        row.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Replaces the secret. The former one is accepted until `former_until`. `false`: the application
/// was deleted, or its secret replaced, in the meantime.
pub async fn replace_secret(
    tx: &Tx,
    row: &Model,
    (hash, shown): ([u8; 32], &str),
    former_until: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_clients SET former_hash = secret_hash, former_until = $1, \
            secret_hash = $2, secret_shown = $3 \
        WHERE org_id = $4 AND id = $5 AND secret_hash = $6 AND deleted_at IS NULL";
    let values: [Value; 6] = [
        former_until.into(),
        hash.to_vec().into(),
        shown.into(),
        row.org_id.into(),
        row.id.into(),
        row.secret_hash.clone().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Deletes an application and its secrets. `false`: it was already deleted.
pub async fn delete(tx: &Tx, org: OrgId, id: ApplicationId, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_clients SET deleted_at = $1, secret_hash = NULL, former_hash = NULL \
        WHERE org_id = $2 AND id = $3 AND deleted_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Records that an application got a token.
pub async fn used(tx: &Tx, org: OrgId, id: ApplicationId, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE oauth_clients SET last_used_at = $1 WHERE org_id = $2 AND id = $3";
    let values = [now.into(), org.0.into(), id.0.into()];
    tx.execute(sql, values).await.map(drop)
}
