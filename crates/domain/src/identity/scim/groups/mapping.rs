//! What an administrator gives the members of a group: a role, a place in a team, or both.
//!
//! The name of a group gives nothing: whoever names groups at the identity provider decides nothing
//! here.

use std::collections::BTreeSet;

use serde_json::json;
use types::{ScimGroupId, TeamId};

use super::{ScimGroup, entity::Model, repo};
use crate::{
    Ctx,
    access::{AssignedRole, Permission},
    audit::{self, Entry},
    error::Result,
    identity::scim::{ScimUseError, effect, settings, users},
    organizations::OwnRights,
    roles::{self, RoleChoice},
    teams,
};

/// What the members of a group get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupMapping {
    /// The role; never `Owner`.
    pub role: Option<RoleChoice>,
    /// The team.
    pub team: Option<TeamId>,
}

impl GroupMapping {
    pub(super) fn of(row: &Model) -> Result<Self> {
        let role = row.role.as_deref();
        let role = role.map(|role| RoleChoice::of_columns(role, row.role_id));
        Ok(Self {
            role: role.transpose()?,
            team: row.team_id.map(TeamId),
        })
    }
}

/// The organization's provisioned groups, by name.
pub async fn list_scim_groups(ctx: &Ctx) -> Result<Vec<ScimGroup>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::counted(ctx).await?;
    let known = roles::Known::read(ctx).await?;
    let shown = rows.into_iter().map(|row| {
        let choice = GroupMapping::of(&row.group)?.role;
        let role = choice.and_then(|choice| known.role(choice));
        ScimGroup::of(row.group, role, row.members)
    });
    shown.collect()
}

/// Changes what the members of a group get, at once for all of them. The caller needs all permissions
/// that they get and that they lose.
pub async fn map_scim_group(
    ctx: &Ctx,
    id: ScimGroupId,
    mapping: GroupMapping,
) -> Result<ScimGroup> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    if let Some(role) = mapping.role {
        settings::not_owner("role", role)?;
    }
    let mut change = OwnRights::lock(ctx, Permission::SsoManage).await?;
    let row = repo::find_in(&change.tx, ctx, id.0).await?;
    let mut row = row.ok_or(ScimUseError::NoGroup)?;
    let old = GroupMapping::of(&row)?;
    let new_role = match mapping.role {
        Some(choice) => Some(roles::chosen(&change.tx, ctx, choice).await?),
        None => None,
    };
    let old_role = match old.role {
        Some(choice) => roles::still(&change.tx, &ctx.app, ctx.org, choice).await?,
        None => None,
    };
    if let Some(role) = &old_role {
        let what = format!("the role {role}");
        let lost = role.permissions();
        change = change.covers(ctx, "role", &what, lost).await?;
    }
    if let Some(role) = &new_role {
        let what = format!("the role {role}");
        let given = role.permissions();
        change = change.gives(ctx, "role", &what, given).await?;
    }
    if let Some(team) = old.team {
        let (name, lost) = teams::with_permissions(&change.tx, ctx, team).await?;
        let what = format!("the team `{name}`");
        change = change.covers(ctx, "teamId", &what, lost).await?;
    }
    if let Some(team) = mapping.team {
        let (name, given) = teams::with_permissions(&change.tx, ctx, team).await?;
        let what = format!("the team `{name}`");
        change = change.gives(ctx, "teamId", &what, given).await?;
    }
    let tx = change.tx;
    let ids = repo::member_ids(&tx, ctx, id.0).await?;
    let mut people = Vec::with_capacity(ids.len());
    for user in users::repo::with_ids(&tx, ctx, &ids).await? {
        let before: BTreeSet<_> = effect::teams_of(&tx, ctx, &user).await?;
        people.push((user, before));
    }
    row.role = mapping.role.map(|role| role.stored().to_owned());
    row.role_id = mapping.role.and_then(RoleChoice::custom_id);
    row.team_id = mapping.team.map(|team| team.0);
    repo::update(&tx, &row).await?;
    let name = |role: &Option<AssignedRole>| role.as_ref().map(ToString::to_string);
    let detail = json!({ "displayName": row.display_name, "role": name(&new_role),
        "team": mapping.team,
        "before": { "role": name(&old_role), "team": old.team } });
    let entry = Entry::new("scim_group.map", "scim_group", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    let mut effects = effect::Effects::default();
    for (mut user, before) in people {
        let was = user.role_of_groups;
        effect::apply(&tx, ctx, &mut user, &before, &mut effects).await?;
        if user.role_of_groups != was {
            users::repo::update(&tx, &user).await?;
        }
    }
    tx.commit().await?;
    effects.spread(ctx);
    ScimGroup::of(row, new_role, i64::try_from(ids.len()).unwrap_or_default())
}
