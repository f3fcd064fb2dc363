//! Reads and writes of applications.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};
use types::{ApplicationId, OrgId};

use super::entity::{Column, Entity, Model};
use crate::{
    App, Ctx, Tx,
    access::{PermissionSet, stored},
    error::Result,
    tenancy::OrgEntity,
};

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

/// Changes an application. `false`: it was changed or deleted in the meantime.
pub async fn update(tx: &Tx, old: &Model, new: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_clients SET name = $1, redirect_uris = $2, scopes = $3, device_flow = $4 \
        WHERE org_id = $5 AND id = $6 AND deleted_at IS NULL \
        AND name = $7 AND redirect_uris = $8 AND scopes = $9 AND device_flow = $10";
    let values: [Value; 10] = [
        new.name.as_str().into(),
        new.redirect_uris.as_str().into(),
        new.scopes.as_str().into(),
        new.device_flow.into(),
        old.org_id.into(),
        old.id.into(),
        old.name.as_str().into(),
        old.redirect_uris.as_str().into(),
        old.scopes.as_str().into(),
        old.device_flow.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Takes from what people have allowed an application, and from its tokens, everything but `kept`.
/// What is then empty ends.
pub async fn narrow(
    tx: &Tx,
    (org, client): (OrgId, ApplicationId),
    kept: PermissionSet,
    now: Time,
) -> Result<()> {
    for table in ["oauth_grants", "oauth_families"] {
        let sql =
            format!("SELECT DISTINCT scopes FROM {table} WHERE org_id = $1 AND client_id = $2");
        let values = [org.0.into(), client.0.into()];
        let backend = tx.conn().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        for row in tx.conn().query_all_raw(statement).await? {
            let before: String = row.try_get("", "scopes")?;
            let after = stored::of_list(&before)?.and(kept).to_string();
            if after == before {
                continue;
            }
            let sql = format!(
                "UPDATE {table} SET scopes = $1 WHERE org_id = $2 AND client_id = $3 AND scopes = $4"
            );
            let values = [after.into(), org.0.into(), client.0.into(), before.into()];
            tx.execute(&sql, values).await?;
        }
    }
    let sql = "DELETE FROM oauth_grants WHERE org_id = $1 AND client_id = $2 AND scopes = ''";
    tx.execute(sql, [org.0.into(), client.0.into()]).await?;
    let sql = "UPDATE oauth_families SET ended_at = $1 \
        WHERE org_id = $2 AND client_id = $3 AND scopes = '' AND ended_at IS NULL";
    let values = [now.into(), org.0.into(), client.0.into()];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Deletes an application and its secrets. `false`: it was already deleted.
pub async fn delete(tx: &Tx, org: OrgId, id: ApplicationId, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_clients SET deleted_at = $1, secret_hash = NULL, former_hash = NULL \
        WHERE org_id = $2 AND id = $3 AND deleted_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Records that an application got a token, and returns its current scopes. They stay the same until
/// the transaction ends.
pub async fn used(
    tx: &Tx,
    org: OrgId,
    id: ApplicationId,
    now: Time,
) -> Result<Option<String>, DbErr> {
    let sql = "UPDATE oauth_clients SET last_used_at = $1 WHERE org_id = $2 AND id = $3 \
        RETURNING scopes";
    let values = [now.into(), org.0.into(), id.0.into()];
    let row = tx.query_one(sql, values).await?;
    row.map(|row| row.try_get("", "scopes")).transpose()
}
