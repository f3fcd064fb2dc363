//! Reads and writes of identity providers.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    Statement, Value,
};
use types::{OrgId, SsoProviderId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    App, Ctx, SystemCtx, Tx, access::Role, mail::Language, organizations, tenancy::OrgEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

/// The organization's providers, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_asc(Column::Name))
        .await
}

/// One of the organization's providers.
pub async fn find(ctx: &Ctx, id: SsoProviderId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// How many providers the organization has.
pub async fn count(tx: &Tx, ctx: &Ctx) -> Result<u64, DbErr> {
    Entity::in_org(ctx).count(tx.conn()).await
}

/// The provider with this id, of whatever organization.
pub async fn lookup(app: &App, id: SsoProviderId) -> Result<Option<Model>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_sso_provider($1)"
    } else {
        "/* across organizations: sign-in */ SELECT * FROM sso_providers WHERE id = $1"
    };
    let statement = app.db().statement(sql, [id.0.into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| Model::from_query_result(&row, ""))
        .transpose()
}

/// The providers of an organization with which people can sign in, by name.
pub async fn enabled(tx: &Tx, app: &App, org: OrgId) -> Result<Vec<Model>, DbErr> {
    Entity::in_org_of(&SystemCtx::new(app), org)
        .filter(Column::Enabled.eq(true))
        .order_by_asc(Column::Name)
        .all(tx.conn())
        .await
}

/// Writes a new provider.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO sso_providers (id, org_id, kind, name, issuer, client_id, client_secret, \
        scopes, audiences, groups_claim, mappings, default_role, default_role_id, joining, enabled, \
        saved_by_admin, certified_by_admin, certified_by_owner, created_at, updated_at, protocol) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
        $19, $19, $20)";
    let mut values: Vec<Value> = vec![row.id.into(), row.org_id.into()];
    values.extend(settings(row));
    values.push(row.created_at.into());
    values.push(row.protocol.as_str().into());
    tx.execute(sql, values).await.map(drop)
}

/// Writes the settings of a provider. `false`: it was changed or deleted since `old` was read.
pub async fn update(tx: &Tx, old: &Model, row: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE sso_providers SET kind = $3, name = $4, issuer = $5, client_id = $6, \
        client_secret = $7, scopes = $8, audiences = $9, groups_claim = $10, mappings = $11, \
        default_role = $12, default_role_id = $13, joining = $14, enabled = $15, \
        saved_by_admin = $16, certified_by_admin = $17, certified_by_owner = $18, updated_at = $19 \
        WHERE id = $1 AND org_id = $2 AND updated_at = $20";
    let mut values: Vec<Value> = vec![row.id.into(), row.org_id.into()];
    values.extend(settings(row));
    values.push(row.updated_at.into());
    values.push(old.updated_at.into());
    Ok(tx.execute(sql, values).await? == 1)
}

/// The values of the columns that people set, in the order of the statements.
fn settings(row: &Model) -> [Value; 16] {
    [
        row.kind.as_str().into(),
        row.name.as_str().into(),
        row.issuer.as_str().into(),
        row.client_id.as_str().into(),
        row.client_secret.clone().into(),
        row.scopes.as_str().into(),
        row.audiences.as_str().into(),
        row.groups_claim.clone().into(),
        row.mappings.as_str().into(),
        row.default_role.clone().into(),
        row.default_role_id.into(),
        row.joining.as_str().into(),
        row.enabled.into(),
        row.saved_by_admin.into(),
        row.certified_by_admin.into(),
        row.certified_by_owner.into(),
    ]
}

/// Makes other changes of a provider wait until the transaction ends. On PostgreSQL it locks its row;
/// SQLite has one writer anyway.
pub async fn lock(tx: &Tx, (org, id): (OrgId, Uuid)) -> Result<(), DbErr> {
    if tx.is_postgres() {
        let sql = "SELECT id FROM sso_providers WHERE org_id = $1 AND id = $2 FOR UPDATE";
        tx.execute(sql, [org.0.into(), id.into()]).await?;
    }
    Ok(())
}

/// Deletes a provider. `false`: it was already deleted.
pub async fn delete(tx: &Tx, org: OrgId, id: SsoProviderId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sso_providers WHERE org_id = $1 AND id = $2";
    Ok(tx.execute(sql, [org.0.into(), id.0.into()]).await? == 1)
}

/// Records that somebody signed in.
pub async fn used(tx: &Tx, (org, id): (OrgId, Uuid), now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE sso_providers SET used_at = $1 WHERE org_id = $2 AND id = $3";
    let values = [now.into(), org.0.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Records why a sign-in was refused.
pub async fn refused(
    tx: &Tx,
    (org, id): (OrgId, Uuid),
    problem: &str,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "UPDATE sso_providers SET problem = $1, problem_at = $2 \
        WHERE org_id = $3 AND id = $4";
    let values = [problem.into(), now.into(), org.0.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The verified addresses of the owners and admins, who manage the providers. If none of them has verified
/// one, all of their addresses: an alarm that nobody gets would be worse.
pub async fn addresses_of_managers(tx: &Tx, org: OrgId) -> Result<Vec<(String, Language)>, DbErr> {
    let sql = "SELECT u.email, u.locale FROM memberships m JOIN users u ON u.id = m.user_id \
        WHERE m.org_id = $1 AND m.role IN ($2, $3) AND u.email IS NOT NULL \
        AND (u.email_verified_at IS NOT NULL OR NOT EXISTS ( \
            SELECT 1 FROM memberships o JOIN users v ON v.id = o.user_id \
            WHERE o.org_id = $1 AND o.role IN ($2, $3) AND v.email_verified_at IS NOT NULL)) \
        ORDER BY u.id LIMIT 100";
    let (owner, admin) = (Role::Owner.as_str(), Role::Admin.as_str());
    let values = [org.0.into(), owner.into(), admin.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(organizations::addressed).collect()
}
