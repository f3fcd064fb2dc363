//! Reads and writes of domains.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, Value};
use types::{DomainId, OrgId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Ctx, SystemCtx, Tx, tenancy::OrgEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// The organization's domains, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_asc(Column::Name))
        .await
}

/// Like [`all`], in a transaction.
pub async fn all_in(tx: &Tx, ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx).all(tx.conn()).await
}

/// One domain.
pub async fn find(ctx: &Ctx, id: DomainId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// The organization that has proved a domain, unless its record has been missing since `missing`,
/// whatever the checks since then have found.
pub async fn proved_by(app: &App, name: &str, missing: Time) -> Result<Option<Uuid>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT org_id FROM flowmason_domain($1, $2)"
    } else {
        "/* across organizations: sign-in */ \
         SELECT org_id FROM domains WHERE name = $1 AND proved_at IS NOT NULL \
         AND (missing_since IS NULL OR missing_since > $2)"
    };
    let statement = app.db().statement(sql, [name.into(), missing.into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| row.try_get("", "org_id")).transpose()
}

/// Writes a new domain. `false`: the organization has claimed it in the meantime.
pub async fn insert(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO domains (id, org_id, name, token, created_at, next_check_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org_id, name) DO NOTHING";
    let values: [Value; 6] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.token.as_str().into(),
        row.created_at.into(),
        row.next_check_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Stores the result of a check. `false`: another check has stored its own since `old` was read,
/// or the domain was removed. Fails with a violation of uniqueness if the domain becomes proved and
/// another organization has proved it.
pub async fn update(tx: &Tx, old: &Model, new: &Model) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE domains SET proved_at = $1, missing_since = $2, checked_at = $3, \
        problem = $4, next_check_at = $5 WHERE org_id = $6 AND id = $7 AND checked_at = $8";
    const FIRST: &str = "UPDATE domains SET proved_at = $1, missing_since = $2, checked_at = $3, \
        problem = $4, next_check_at = $5 WHERE org_id = $6 AND id = $7 AND checked_at IS NULL";
    let mut values: Vec<Value> = vec![
        new.proved_at.into(),
        new.missing_since.into(),
        new.checked_at.into(),
        new.problem.clone().into(),
        new.next_check_at.into(),
        old.org_id.into(),
        old.id.into(),
    ];
    let sql = match old.checked_at {
        Some(at) => {
            values.push(at.into());
            SQL
        }
        None => FIRST,
    };
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes a domain. `false`: it was already removed.
pub async fn delete(tx: &Tx, org: OrgId, id: DomainId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM domains WHERE org_id = $1 AND id = $2";
    Ok(tx.execute(sql, [org.0.into(), id.0.into()]).await? == 1)
}

/// Domains whose check is due, the most overdue first.
pub async fn due(tx: &Tx, system: &SystemCtx, now: Time, most: u64) -> Result<Vec<Model>, DbErr> {
    Entity::across_orgs(system, "domains")
        .filter(Column::NextCheckAt.lte(now))
        .order_by_asc(Column::NextCheckAt)
        .limit(most)
        .all(tx.conn())
        .await
}

/// Moves a due check on. `false`: another process has done so.
pub async fn postpone(tx: &Tx, row: &Model, until: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE domains SET next_check_at = $1 \
        WHERE org_id = $2 AND id = $3 AND next_check_at = $4";
    let values = [
        until.into(),
        row.org_id.into(),
        row.id.into(),
        row.next_check_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}
