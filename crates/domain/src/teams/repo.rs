//! Reads and writes of teams and of who is in them.

use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, Value};
use types::{TeamId, UserId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    Ctx, Tx,
    tenancy::{OrgEntity, SCOPE},
};

type Time = chrono::DateTime<chrono::Utc>;

/// A person in a team.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TeamMemberRow {
    pub team_id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub added_at: Time,
}

/// The organization's teams, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_asc(Column::Name))
        .await
}

/// Like [`all`], in a transaction and in no order.
pub async fn all_in(tx: &Tx, ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx).all(tx.conn()).await
}

/// One team.
pub async fn find(ctx: &Ctx, id: TeamId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: TeamId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id.0));
    select.one(tx.conn()).await
}

/// The people in all teams of the organization, by name.
pub async fn members(ctx: &Ctx) -> Result<Vec<TeamMemberRow>, DbErr> {
    let sql = format!(
        "SELECT t.team_id, t.user_id, u.name, t.added_at FROM team_members t \
         JOIN users u ON u.id = t.user_id WHERE {SCOPE} AND t.org_id = $1 \
         ORDER BY u.name, t.user_id LIMIT 10000"
    );
    ctx.rows(&sql, []).await
}

/// Writes a team, or renames the one with its id.
pub async fn upsert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO teams (id, org_id, name, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    let values: [Value; 4] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Adds a person. Returns whether they were not in the team before.
pub async fn add(tx: &Tx, ctx: &Ctx, team: TeamId, user: UserId) -> Result<bool, DbErr> {
    let sql = "INSERT INTO team_members (org_id, team_id, user_id, added_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (org_id, team_id, user_id) DO NOTHING";
    let values: [Value; 4] = [
        ctx.org.0.into(),
        team.0.into(),
        user.0.into(),
        ctx.clock().now().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes a person. Returns whether they were in the team.
pub async fn remove(tx: &Tx, ctx: &Ctx, team: TeamId, user: UserId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM team_members WHERE org_id = $1 AND team_id = $2 AND user_id = $3";
    let values = [ctx.org.0.into(), team.0.into(), user.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Deletes a team with its grants.
pub async fn delete(tx: &Tx, ctx: &Ctx, team: TeamId) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM grants WHERE org_id = $1 AND subject_id = $2",
        "UPDATE scim_groups SET team_id = NULL WHERE org_id = $1 AND team_id = $2",
        "DELETE FROM team_members WHERE org_id = $1 AND team_id = $2",
        "DELETE FROM teams WHERE org_id = $1 AND id = $2",
    ] {
        tx.execute(sql, [ctx.org.0.into(), team.0.into()]).await?;
    }
    Ok(())
}
