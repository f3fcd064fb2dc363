//! What provisioning does to memberships: joining, roles, places in teams, and the end.

use std::collections::BTreeSet;

use serde_json::json;
use types::{ApiKeyId, TeamId, UserId};
use uuid::Uuid;

use super::{ScimUseError, groups, settings, users::entity::Model};
use crate::{
    Ctx, Tx,
    access::Role,
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{departure, invitations, sessions, sso_enforcement},
    live::Right,
    organizations, teams,
};

/// What other processes have to forget after the commit.
#[derive(Default)]
pub(super) struct Effects {
    gone: Vec<(UserId, Vec<ApiKeyId>)>,
    joined: Vec<UserId>,
    changed: bool,
}

impl Effects {
    /// Makes every process forget, after the commit.
    pub fn spread(self, ctx: &Ctx) {
        for (user, keys) in &self.gone {
            departure::forget(ctx, *user, keys);
        }
        for user in self.joined {
            ctx.app.drop_right(Right::User(user.0));
        }
        // The rights of API keys follow those of their holders.
        if self.changed {
            ctx.app.drop_right(Right::Organization(ctx.org.0));
        }
    }
}

/// The teams that a user's groups give.
pub(super) async fn teams_of(tx: &Tx, ctx: &Ctx, row: &Model) -> Result<BTreeSet<Uuid>> {
    let given = groups::mapped(tx, ctx, row.id).await?;
    Ok(given.into_iter().filter_map(|(_, team)| team).collect())
}

/// Makes an active person with an account a member, with the role and in the teams that their groups
/// give. `before`: the teams that their groups gave before the change. Owners keep their role.
pub(super) async fn apply(
    tx: &Tx,
    ctx: &Ctx,
    row: &mut Model,
    before: &BTreeSet<Uuid>,
    effects: &mut Effects,
) -> Result<()> {
    let Some(user) = row.user_id.filter(|_| row.active).map(UserId) else {
        return Ok(());
    };
    let given = groups::mapped(tx, ctx, row.id).await?;
    let of_groups = highest(given.iter().filter_map(|(role, _)| *role));
    let rights = organizations::rights_of_member(tx, ctx.clock(), ctx.org, user.0).await?;
    match (rights, of_groups) {
        (None, role) => {
            let role = match role {
                Some(role) => role,
                None => settings::default_role(tx, ctx).await?,
            };
            let now = ctx.clock().now();
            organizations::add_member(tx, ctx.org, user.0, role, now).await?;
            note(tx, ctx, "member.join", user, role).await?;
            effects.joined.push(user);
        }
        (Some(_), Some(role)) => change(tx, ctx, user, role, effects).await?,
        // Nobody keeps a role of a group that they have left.
        (Some(_), None) if row.role_of_groups => {
            let role = settings::default_role(tx, ctx).await?;
            change(tx, ctx, user, role, effects).await?;
        }
        (Some(_), None) => {}
    }
    row.role_of_groups = of_groups.is_some();
    let after: BTreeSet<Uuid> = given.into_iter().filter_map(|(_, team)| team).collect();
    for team in &after {
        if teams::add_in(tx, ctx, TeamId(*team), user).await? {
            place(tx, ctx, "team.add_member", *team, user).await?;
            effects.changed = true;
        }
    }
    for team in before.difference(&after) {
        if teams::remove_in(tx, ctx, TeamId(*team), user).await? {
            place(tx, ctx, "team.remove_member", *team, user).await?;
            effects.changed = true;
        }
    }
    Ok(())
}

/// The role with the most permissions, in the order of [`Role::ALL`]; never `Owner`.
fn highest(given: impl Iterator<Item = Role>) -> Option<Role> {
    let given: Vec<Role> = given.filter(|role| *role != Role::Owner).collect();
    Role::ALL.into_iter().find(|role| given.contains(role))
}

async fn change(tx: &Tx, ctx: &Ctx, user: UserId, role: Role, effects: &mut Effects) -> Result<()> {
    if groups::set_role(tx, ctx.org, user.0, role).await? {
        note(tx, ctx, "member.change_role", user, role).await?;
        effects.changed = true;
    }
    Ok(())
}

async fn note(tx: &Tx, ctx: &Ctx, action: &str, user: UserId, role: Role) -> Result<()> {
    let detail = json!({ "role": role.as_str(), "by": "provisioning" });
    let entry = Entry::new(action, "user", user).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

async fn place(tx: &Tx, ctx: &Ctx, action: &str, team: Uuid, user: UserId) -> Result<()> {
    let detail = json!({ "userId": user, "by": "provisioning" });
    let entry = Entry::new(action, "team", TeamId(team)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

/// Ends a person's membership and the open invitations for their address. What they own stays.
///
/// # Errors
/// `CONFLICT` for the last owner, `FORBIDDEN` for an owner if the token may not remove owners.
pub(super) async fn end(
    tx: &Tx,
    ctx: &Ctx,
    row: &Model,
    removes_owners: bool,
    effects: &mut Effects,
) -> Result<()> {
    let now = ctx.clock().now();
    if let Some(email) = &row.email {
        invitations::revoke_for(tx, ctx.org, email, now).await?;
    }
    let Some(user) = row.user_id.map(UserId) else {
        return Ok(());
    };
    let rights = organizations::rights_of_member(tx, ctx.clock(), ctx.org, user.0).await?;
    let Some(rights) = rights else {
        sessions::end_limited(tx, ctx.org, Some(user.0), now).await?;
        effects.gone.push((user, Vec::new()));
        return Ok(());
    };
    let role = rights
        .role
        .ok_or_else(|| AppError::internal("a member without a role"))?;
    if role.built_in() == Some(Role::Owner) {
        let owners = organizations::owners(tx, ctx.org).await?;
        if owners.iter().all(|owner| *owner == user.0) {
            return Err(ScimUseError::LastOwner.into());
        }
        if !removes_owners {
            return Err(ScimUseError::Owner.into());
        }
        sso_enforcement::keeps_break_glass(tx, ctx.org, user.0).await?;
    }
    let keys = departure::end(tx, ctx, user, &role, "member.deprovision").await?;
    effects.gone.push((user, keys));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c07_the_highest_role_counts_and_owner_never_does() {
        let of = |given: &[Role]| highest(given.iter().copied());
        assert_eq!(
            of(&[Role::Viewer, Role::Admin, Role::Developer]),
            Some(Role::Admin)
        );
        assert_eq!(of(&[Role::Billing, Role::Viewer]), Some(Role::Viewer));
        assert_eq!(of(&[Role::Owner, Role::Billing]), Some(Role::Billing));
        assert_eq!(of(&[Role::Owner]), None);
        assert_eq!(of(&[]), None);
    }
}
