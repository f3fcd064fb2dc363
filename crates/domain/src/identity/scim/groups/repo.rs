//! Reads and writes of provisioned groups and of who is in them.

use scim::Paging;
use sea_orm::{
    ColumnTrait, Condition, DbErr, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
};
use types::{OrgId, ScimGroupId};
use uuid::Uuid;

use super::{
    entity::{Column, Entity, Model},
    member,
};
use crate::{
    Ctx, Tx,
    tenancy::{OrgEntity, SCOPE},
};

type Time = chrono::DateTime<chrono::Utc>;

/// A user in a group.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct MemberRow {
    pub member_id: Uuid,
    pub shown_name: String,
}

/// A group with the number of its members.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CountedGroup {
    #[sea_orm(nested)]
    pub group: Model,
    pub members: i64,
}

/// All groups, by name, with the numbers of their members.
pub async fn counted(ctx: &Ctx) -> Result<Vec<CountedGroup>, DbErr> {
    let sql = format!(
        "SELECT g.*, (SELECT count(*) FROM scim_members m \
             WHERE m.org_id = g.org_id AND m.group_id = g.id) AS members \
         FROM scim_groups g WHERE {SCOPE} AND g.org_id = $1 ORDER BY g.name_key LIMIT 2000"
    );
    let mut rows: Vec<CountedGroup> = ctx.rows(&sql, []).await?;
    rows.sort_unstable_by(|a, b| a.group.name_key.cmp(&b.group.name_key));
    Ok(rows)
}

/// What a filter requires, as far as there is an index for it.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// The id; an invalid one is that of no group.
    pub id: Option<Uuid>,
    /// The name in lower case.
    pub name_key: Option<String>,
    /// The provider's own id.
    pub external_id: Option<String>,
}

/// The groups after one, in order of their ids.
pub async fn after(
    ctx: &Ctx,
    last: Uuid,
    narrowed: &Narrowed,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::in_org(ctx)
        .filter(Column::Id.gt(last))
        .order_by_asc(Column::Id)
        .limit(most);
    if let Some(id) = narrowed.id {
        select = select.filter(Column::Id.eq(id));
    }
    if let Some(key) = &narrowed.name_key {
        select = select.filter(Column::NameKey.eq(key));
    }
    if let Some(id) = &narrowed.external_id {
        select = select.filter(Column::ExternalId.eq(id));
    }
    Ok(sorted(ctx.all(select).await?))
}

/// A page of all groups.
pub async fn page(ctx: &Ctx, paging: Paging) -> Result<Vec<Model>, DbErr> {
    let sql = format!(
        "SELECT g.* FROM scim_groups g WHERE {SCOPE} AND g.org_id = $1 \
         ORDER BY g.id LIMIT $2 OFFSET $3"
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

/// How many groups there are.
pub async fn count(ctx: &Ctx) -> Result<u64, DbErr> {
    let sql = format!(
        "SELECT count(*) AS count FROM scim_groups g WHERE {SCOPE} AND g.org_id = $1 LIMIT 1"
    );
    let rows: Vec<Count> = ctx.rows(&sql, []).await?;
    let count = rows.first().map_or(0, |row| row.count);
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Like [`count`], in a transaction.
pub async fn count_in(tx: &Tx, ctx: &Ctx) -> Result<u64, DbErr> {
    Entity::in_org(ctx).count(tx.conn()).await
}

/// One group.
pub async fn find(ctx: &Ctx, id: ScimGroupId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id));
    select.one(tx.conn()).await
}

/// The group with this name.
pub async fn by_name(tx: &Tx, ctx: &Ctx, key: &str) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::NameKey.eq(key));
    select.one(tx.conn()).await
}

/// The users in a group, in order of their ids.
pub async fn members(ctx: &Ctx, id: Uuid) -> Result<Vec<MemberRow>, DbErr> {
    let sql = format!(
        "SELECT m.member_id, u.shown_name FROM scim_members m \
         JOIN scim_users u ON u.org_id = m.org_id AND u.id = m.member_id \
         WHERE {SCOPE} AND m.org_id = $1 AND m.group_id = $2 ORDER BY m.member_id LIMIT 100000"
    );
    let mut rows: Vec<MemberRow> = ctx.rows(&sql, [id.into()]).await?;
    rows.sort_unstable_by_key(|row| row.member_id);
    Ok(rows)
}

/// The ids of the users in a group, in a transaction.
pub async fn member_ids(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let select = member::Entity::in_org(ctx).filter(member::Column::GroupId.eq(id));
    let rows = select.all(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| row.member_id).collect())
}

/// The groups of a user that give a role or a place in a team.
pub async fn mapped(tx: &Tx, ctx: &Ctx, user: Uuid) -> Result<Vec<Model>, DbErr> {
    let own = member::Entity::in_org(ctx).filter(member::Column::MemberId.eq(user));
    let own = own.all(tx.conn()).await?;
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let groups = own.into_iter().map(|row| row.group_id);
    Entity::in_org(ctx)
        .filter(Column::Id.is_in(groups))
        .filter(
            Condition::any()
                .add(Column::Role.is_not_null())
                .add(Column::TeamId.is_not_null()),
        )
        .all(tx.conn())
        .await
}

/// Writes a new group.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_groups (id, org_id, display_name, name_key, external_id, role, \
        role_id, team_id, version, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values: [Value; 11] = [
        row.id.into(),
        row.org_id.into(),
        row.display_name.as_str().into(),
        row.name_key.as_str().into(),
        row.external_id.clone().into(),
        row.role.clone().into(),
        row.role_id.into(),
        row.team_id.into(),
        row.version.into(),
        row.created_at.into(),
        row.updated_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes a changed group.
pub async fn update(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE scim_groups SET display_name = $3, name_key = $4, external_id = $5, role = $6, \
        role_id = $7, team_id = $8, version = $9, updated_at = $10 WHERE id = $1 AND org_id = $2";
    let values: [Value; 10] = [
        row.id.into(),
        row.org_id.into(),
        row.display_name.as_str().into(),
        row.name_key.as_str().into(),
        row.external_id.clone().into(),
        row.role.clone().into(),
        row.role_id.into(),
        row.team_id.into(),
        row.version.into(),
        row.updated_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Adds users to a group.
pub async fn add(tx: &Tx, org: OrgId, id: Uuid, users: &[Uuid], now: Time) -> Result<(), DbErr> {
    let sql = "INSERT INTO scim_members (org_id, group_id, member_id, added_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (org_id, group_id, member_id) DO NOTHING";
    for user in users {
        let values: [Value; 4] = [org.0.into(), id.into(), (*user).into(), now.into()];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Removes users from a group.
pub async fn remove(tx: &Tx, org: OrgId, id: Uuid, users: &[Uuid]) -> Result<(), DbErr> {
    let sql = "DELETE FROM scim_members WHERE org_id = $1 AND group_id = $2 AND member_id = $3";
    for user in users {
        tx.execute(sql, [org.0.into(), id.into(), (*user).into()])
            .await?;
    }
    Ok(())
}

/// Deletes a group.
pub async fn delete(tx: &Tx, org: OrgId, id: Uuid) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM scim_members WHERE org_id = $1 AND group_id = $2",
        "DELETE FROM scim_groups WHERE org_id = $1 AND id = $2",
    ] {
        tx.execute(sql, [org.0.into(), id.into()]).await?;
    }
    Ok(())
}
