//! Reads and writes of provisioned users.

use scim::Paging;
use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Value,
};
use types::{OrgId, ScimUserId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    App, Ctx, SystemCtx, Tx,
    db::places,
    tenancy::{OrgEntity, SCOPE},
};

type Time = chrono::DateTime<chrono::Utc>;

/// What a filter requires, as far as there is an index for it.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// The id; an invalid one is that of nobody.
    pub id: Option<Uuid>,
    /// The name in lower case.
    pub user_name_key: Option<String>,
    /// The provider's own id.
    pub external_id: Option<String>,
}

/// The users after one, in order of their ids.
pub async fn after(
    ctx: &Ctx,
    last: Uuid,
    narrowed: &Narrowed,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::in_org(ctx)
        .filter(Column::DeletedAt.is_null())
        .filter(Column::Id.gt(last))
        .order_by_asc(Column::Id)
        .limit(most);
    if let Some(id) = narrowed.id {
        select = select.filter(Column::Id.eq(id));
    }
    if let Some(key) = &narrowed.user_name_key {
        select = select.filter(Column::UserNameKey.eq(key));
    }
    if let Some(id) = &narrowed.external_id {
        select = select.filter(Column::ExternalId.eq(id));
    }
    Ok(sorted(ctx.all(select).await?))
}

/// A page of all users.
pub async fn page(ctx: &Ctx, paging: Paging) -> Result<Vec<Model>, DbErr> {
    let sql = format!(
        "SELECT u.* FROM scim_users u WHERE {SCOPE} AND u.org_id = $1 AND u.deleted_at IS NULL \
         ORDER BY u.id LIMIT $2 OFFSET $3"
    );
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let values = [number(paging.count).into(), number(paging.start - 1).into()];
    Ok(sorted(ctx.rows(&sql, values).await?))
}

/// The statement sorts, but inside another statement its order is not guaranteed.
fn sorted(mut rows: Vec<Model>) -> Vec<Model> {
    rows.sort_unstable_by_key(|row| row.id);
    rows
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// How many users there are.
pub async fn count(ctx: &Ctx) -> Result<u64, DbErr> {
    let sql = format!(
        "SELECT count(*) AS count FROM scim_users u \
         WHERE {SCOPE} AND u.org_id = $1 AND u.deleted_at IS NULL LIMIT 1"
    );
    let rows: Vec<Count> = ctx.rows(&sql, []).await?;
    let count = rows.first().map_or(0, |row| row.count);
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Like [`count`], in a transaction.
pub async fn count_in(tx: &Tx, ctx: &Ctx) -> Result<u64, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::DeletedAt.is_null());
    select.count(tx.conn()).await
}

/// One user.
pub async fn find(ctx: &Ctx, id: ScimUserId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::Id.eq(id.0))
        .filter(Column::DeletedAt.is_null());
    ctx.one(select).await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::Id.eq(id))
        .filter(Column::DeletedAt.is_null());
    select.one(tx.conn()).await
}

/// The users with these ids.
pub async fn with_ids(tx: &Tx, ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let select = Entity::in_org(ctx)
            .filter(Column::Id.is_in(some.iter().copied()))
            .filter(Column::DeletedAt.is_null());
        found.extend(select.all(tx.conn()).await?);
    }
    Ok(found)
}

/// The user with this name.
pub async fn by_name(tx: &Tx, ctx: &Ctx, key: &str) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::UserNameKey.eq(key))
        .filter(Column::DeletedAt.is_null());
    select.one(tx.conn()).await
}

/// The user with this account.
pub async fn by_account(tx: &Tx, ctx: &Ctx, account: Uuid) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::UserId.eq(account))
        .filter(Column::DeletedAt.is_null());
    select.one(tx.conn()).await
}

/// What was ever said about a person, by their account and by their address.
pub async fn about(
    tx: &Tx,
    app: &App,
    org: OrgId,
    (account, email): (Uuid, Option<&str>),
) -> Result<Vec<Model>, DbErr> {
    let system = SystemCtx::new(app);
    let mine = Entity::in_org_of(&system, org).filter(Column::UserId.eq(account));
    let mut found = mine.all(tx.conn()).await?;
    if let Some(email) = email {
        let same = Entity::in_org_of(&system, org).filter(Column::Email.eq(email));
        found.extend(same.all(tx.conn()).await?);
    }
    Ok(found)
}

/// The members to whom one of these issuers asserts an address; at most two.
pub async fn asserted(ctx: &Ctx, email: &str, issuers: &[String]) -> Result<Vec<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        user_id: Uuid,
    }
    let (places, issuers) = places(3, issuers);
    let sql = format!(
        "SELECT DISTINCT m.user_id FROM memberships m \
         JOIN external_identities e ON e.user_id = m.user_id \
         WHERE {SCOPE} AND m.org_id = $1 AND e.email = $2 AND e.issuer IN ({places}) LIMIT 2"
    );
    let values = [Value::from(email)].into_iter().chain(issuers);
    let rows: Vec<Found> = ctx.rows(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.user_id).collect())
}

/// The active users with an address who have an account.
pub async fn with_address(
    tx: &Tx,
    app: &App,
    org: OrgId,
    email: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::in_org_of(&SystemCtx::new(app), org)
        .filter(Column::Email.eq(email))
        .filter(Column::Active.eq(true))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::UserId.is_not_null())
        .all(tx.conn())
        .await
}

/// Whether somebody waits to become a member.
pub async fn somebody_waits(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM scim_users WHERE org_id = $1 AND active \
        AND waits_for IS NOT NULL AND deleted_at IS NULL LIMIT 1";
    Ok(tx.query_one(sql, [org.0.into()]).await?.is_some())
}

/// The newest active users below an id who are not members yet, newest first.
pub async fn waiting(ctx: &Ctx, below: Uuid, most: u64) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::Id.lt(below))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::Active.eq(true))
        .filter(Column::WaitsFor.is_not_null())
        .order_by_desc(Column::Id)
        .limit(most);
    let mut rows = ctx.all(select).await?;
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// A group of a user.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GroupOfUser {
    pub member_id: Uuid,
    pub group_id: Uuid,
    pub display_name: String,
}

/// The groups of users.
pub async fn groups_of(ctx: &Ctx, users: &[Uuid]) -> Result<Vec<GroupOfUser>, DbErr> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = places(2, users);
    let sql = format!(
        "SELECT m.member_id, m.group_id, g.display_name FROM scim_members m \
         JOIN scim_groups g ON g.org_id = m.org_id AND g.id = m.group_id \
         WHERE {SCOPE} AND m.org_id = $1 AND m.member_id IN ({places}) \
         ORDER BY m.group_id LIMIT 100000"
    );
    let mut rows: Vec<GroupOfUser> = ctx.rows(&sql, values).await?;
    rows.sort_unstable_by_key(|row| row.group_id);
    Ok(rows)
}

/// Writes a new user.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_users (id, org_id, user_name_key, external_id, email, active, \
        shown_name, content, user_id, waits_for, role_of_groups, version, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let mut values: Vec<Value> = vec![row.id.into(), row.org_id.into()];
    values.extend(contents(row));
    values.push(row.created_at.into());
    values.push(row.updated_at.into());
    tx.execute(sql, values).await.map(drop)
}

/// Writes a changed user.
pub async fn update(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE scim_users SET user_name_key = $3, external_id = $4, email = $5, active = $6, \
        shown_name = $7, content = $8, user_id = $9, waits_for = $10, role_of_groups = $11, \
        version = $12, updated_at = $13, deleted_at = $14 WHERE id = $1 AND org_id = $2";
    let mut values: Vec<Value> = vec![row.id.into(), row.org_id.into()];
    values.extend(contents(row));
    values.push(row.updated_at.into());
    values.push(row.deleted_at.into());
    tx.execute(sql, values).await.map(drop)
}

/// The values of the columns that change, in the order of the statements.
fn contents(row: &Model) -> [Value; 10] {
    [
        row.user_name_key.as_str().into(),
        row.external_id.clone().into(),
        row.email.clone().into(),
        row.active.into(),
        row.shown_name.as_str().into(),
        row.content.as_str().into(),
        row.user_id.into(),
        row.waits_for.clone().into(),
        row.role_of_groups.into(),
        row.version.into(),
    ]
}

/// Removes a user from all groups, which are changed by it.
pub async fn leave_groups(tx: &Tx, ctx: &Ctx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE scim_groups SET version = version + 1, updated_at = $3 \
        WHERE org_id = $1 AND id IN (SELECT m.group_id FROM scim_members m \
            WHERE m.org_id = $1 AND m.member_id = $2)";
    tx.execute(sql, [ctx.org.0.into(), id.into(), now.into()])
        .await?;
    let sql = "DELETE FROM scim_members WHERE org_id = $1 AND member_id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.into()])
        .await
        .map(drop)
}
