//! Teams: groups of members. What is granted to a team, each of its members has.

pub mod entity;
mod error;
pub mod membership;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{TeamId, UserId};

pub use error::TeamError;

use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet, Rights},
    audit::{self, Entry},
    error::Result,
    live::Right,
    organizations::{self, OwnRights},
    text,
};

/// The largest number of teams in an organization.
pub const MAX_TEAMS: usize = 200;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The team's id.
    pub id: TeamId,
    /// The name, unique in the organization.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its members, by name.
    pub members: Vec<TeamMember>,
}

/// A person in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// The person.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// When they were added.
    pub added_at: DateTime<Utc>,
}

impl Team {
    fn of(row: entity::Model, all: &[repo::TeamMemberRow]) -> Self {
        let members = all.iter().filter(|one| one.team_id == row.id);
        Self {
            id: TeamId(row.id),
            name: row.name,
            created_at: row.created_at,
            members: members
                .map(|one| TeamMember {
                    user: UserId(one.user_id),
                    name: one.name.clone(),
                    added_at: one.added_at,
                })
                .collect(),
        }
    }
}

/// The organization's teams, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<Team>> {
    ctx.authorize(Permission::MemberRead).await?;
    let (rows, members) = (repo::all(ctx).await?, repo::members(ctx).await?);
    Ok(rows
        .into_iter()
        .map(|row| Team::of(row, &members))
        .collect())
}

/// One team.
pub async fn get(ctx: &Ctx, id: TeamId) -> Result<Team> {
    ctx.authorize(Permission::MemberRead).await?;
    read(ctx, id).await
}

async fn read(ctx: &Ctx, id: TeamId) -> Result<Team> {
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(TeamError::NotFound)?;
    Ok(Team::of(row, &repo::members(ctx).await?))
}

/// Creates a team without members.
pub async fn create(ctx: &Ctx, name: &str) -> Result<Team> {
    ctx.authorize_person(Permission::TeamManage).await?;
    save(ctx, None, name).await
}

/// Renames a team.
pub async fn rename(ctx: &Ctx, id: TeamId, name: &str) -> Result<Team> {
    ctx.authorize_person(Permission::TeamManage).await?;
    save(ctx, Some(id), name).await
}

async fn save(ctx: &Ctx, id: Option<TeamId>, name: &str) -> Result<Team> {
    let name = text::line("name", name, 100)?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::TeamManage).await?;
    let all = repo::all_in(&tx, ctx).await?;
    let same = |row: &&entity::Model| row.name.to_lowercase() == name.to_lowercase();
    if all
        .iter()
        .filter(same)
        .any(|row| Some(TeamId(row.id)) != id)
    {
        return Err(TeamError::Taken(name).into());
    }
    let row = match id {
        Some(id) => {
            let old = all.into_iter().find(|row| row.id == id.0);
            let old = old.ok_or(TeamError::NotFound)?;
            entity::Model { name, ..old }
        }
        None if all.len() >= MAX_TEAMS => return Err(TeamError::TooMany.into()),
        None => entity::Model {
            id: TeamId::new(ctx.clock()).0,
            org_id: ctx.org.0,
            name,
            created_at: ctx.clock().now(),
        },
    };
    repo::upsert(&tx, &row).await?;
    let action = if id.is_some() {
        "team.rename"
    } else {
        "team.create"
    };
    let entry = Entry::new(action, "team", TeamId(row.id)).detail(json!({ "name": row.name }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    read(ctx, TeamId(row.id)).await
}

/// Deletes a team with its grants.
pub async fn delete(ctx: &Ctx, id: TeamId) -> Result<()> {
    ctx.authorize_person(Permission::TeamManage).await?;
    let (tx, name, _) = changed(ctx, id, "id").await?;
    repo::delete(&tx, ctx, id).await?;
    let entry = Entry::new("team.delete", "team", id).detail(json!({ "name": name }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(())
}

/// Adds a member of the organization to a team. They get what is granted to the team, so the caller
/// needs the same permissions, and a fresh proof of identity if managing members is among them.
pub async fn add_member(ctx: &Ctx, id: TeamId, user: UserId) -> Result<Team> {
    ctx.authorize_person(Permission::TeamManage).await?;
    let change = OwnRights::lock(ctx, Permission::TeamManage).await?;
    let (name, permissions) = with_permissions(&change.tx, ctx, id).await?;
    let what = format!("the team `{name}`");
    let change = change.gives(ctx, "teamId", &what, permissions).await?;
    let tx = change.tx;
    ctx.require_fresh_proof_for(permissions)?;
    let member = organizations::rights_of_member(&tx, ctx.clock(), ctx.org, user.0).await?;
    member.ok_or(TeamError::NoMember)?;
    if repo::add(&tx, ctx, id, user).await? {
        note(&tx, ctx, "team.add_member", id, user, &name).await?;
    }
    finish(tx, ctx, id, user).await
}

/// Removes a person from a team.
pub async fn remove_member(ctx: &Ctx, id: TeamId, user: UserId) -> Result<Team> {
    ctx.authorize_person(Permission::TeamManage).await?;
    let (tx, name, _) = changed(ctx, id, "teamId").await?;
    if !repo::remove(&tx, ctx, id, user).await? {
        return Err(TeamError::NoMember.into());
    }
    note(&tx, ctx, "team.remove_member", id, user, &name).await?;
    finish(tx, ctx, id, user).await
}

/// The name of a team, and all permissions that are granted to it, in the transaction of a change.
pub(crate) async fn with_permissions(
    tx: &Tx,
    ctx: &Ctx,
    id: TeamId,
) -> Result<(String, PermissionSet)> {
    let row = repo::find_in(tx, ctx, id).await?;
    let name = row.ok_or(TeamError::NotFound)?.name;
    let mut rights = Rights::from(PermissionSet::NONE);
    organizations::add_grants(tx, ctx, id.0, &mut rights).await?;
    Ok((name, rights.all()))
}

/// Whether a team exists, in the transaction of a change.
pub(crate) async fn exists_in(tx: &Tx, ctx: &Ctx, id: TeamId) -> Result<bool> {
    Ok(repo::find_in(tx, ctx, id).await?.is_some())
}

/// Adds a member, in the transaction of a change. Returns whether they were not in the team before.
pub(crate) async fn add_in(tx: &Tx, ctx: &Ctx, id: TeamId, user: UserId) -> Result<bool> {
    Ok(repo::add(tx, ctx, id, user).await?)
}

/// Removes a person, in the transaction of a change. Returns whether they were in the team.
pub(crate) async fn remove_in(tx: &Tx, ctx: &Ctx, id: TeamId, user: UserId) -> Result<bool> {
    Ok(repo::remove(tx, ctx, id, user).await?)
}

/// Begins a change of what the team's members have, and returns the team's name and all permissions that
/// are granted to it. The caller needs them.
async fn changed(ctx: &Ctx, id: TeamId, field: &str) -> Result<(Tx, String, PermissionSet)> {
    let change = OwnRights::lock(ctx, Permission::TeamManage).await?;
    let (name, permissions) = with_permissions(&change.tx, ctx, id).await?;
    let what = format!("the team `{name}`");
    let change = change.covers(ctx, field, &what, permissions).await?;
    Ok((change.tx, name, permissions))
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    action: &str,
    team: TeamId,
    user: UserId,
    name: &str,
) -> Result<()> {
    let detail = json!({ "userId": user, "name": name });
    let entry = Entry::new(action, "team", team).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

async fn finish(tx: Tx, ctx: &Ctx, id: TeamId, user: UserId) -> Result<Team> {
    tx.commit().await?;
    ctx.app.drop_right(Right::User(user.0));
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    read(ctx, id).await
}
