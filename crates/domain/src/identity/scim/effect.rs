//! What provisioning does to memberships: joining, roles, places in teams, and the end.

use std::{cmp::Reverse, collections::BTreeSet};

use serde_json::json;
use types::{ApiKeyId, TeamId, UserId};
use uuid::Uuid;

use super::{ScimUseError, groups, settings, users::entity::Model};
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{departure, invitations, sessions},
    live::Right,
    organizations, teams, webhook_endpoints,
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
    let of_groups = highest(given.iter().filter_map(|(role, _)| role.clone()));
    let has_role = of_groups.is_some();
    let rights = organizations::rights_of_member(tx, ctx.clock(), ctx.org, user.0).await?;
    match (rights, of_groups) {
        (None, role) => {
            let role = match role {
                Some(role) => role,
                None => settings::default_role(tx, ctx).await?,
            };
            let now = ctx.clock().now();
            organizations::add_member(tx, ctx.org, user.0, &role, now).await?;
            note(tx, ctx, "member.join", user, &role).await?;
            let place = (&ctx.app, ctx.org);
            webhook_endpoints::member_added(tx, place, user, &role.to_string()).await?;
            effects.joined.push(user);
        }
        (Some(_), Some(role)) => change(tx, ctx, user, &role, effects).await?,
        // Nobody keeps a role of a group that they have left.
        (Some(_), None) if row.role_of_groups => {
            let role = settings::default_role(tx, ctx).await?;
            change(tx, ctx, user, &role, effects).await?;
        }
        (Some(_), None) => {}
    }
    row.role_of_groups = has_role;
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

/// The role with the most permissions; never `Owner`. Of several with as many: a built-in one, in the
/// order of [`Role::ALL`], before the organization's own, and of these the oldest.
fn highest(given: impl Iterator<Item = AssignedRole>) -> Option<AssignedRole> {
    given
        .filter(|role| role.built_in() != Some(Role::Owner))
        .min_by_key(|role| {
            let count = role.permissions().iter().count();
            let built_in = Role::ALL
                .iter()
                .position(|one| Some(*one) == role.built_in());
            let place = built_in.unwrap_or(Role::ALL.len());
            (Reverse(count), place, role.custom().map(|role| role.id))
        })
}

async fn change(
    tx: &Tx,
    ctx: &Ctx,
    user: UserId,
    role: &AssignedRole,
    effects: &mut Effects,
) -> Result<()> {
    if organizations::give_role(tx, ctx.org, user.0, role).await? {
        note(tx, ctx, "member.change_role", user, role).await?;
        effects.changed = true;
    }
    Ok(())
}

async fn note(tx: &Tx, ctx: &Ctx, action: &str, user: UserId, role: &AssignedRole) -> Result<()> {
    let detail = json!({ "role": role.to_string(), "by": "provisioning" });
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
        invitations::revoke_for(tx, ctx, email).await?;
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
    let member = (user, &role);
    departure::require_another_owner(tx, ctx.org, member, ScimUseError::LastOwner).await?;
    if role.built_in() == Some(Role::Owner) && !removes_owners {
        return Err(ScimUseError::Owner.into());
    }
    let keys = departure::end(tx, ctx, user, &role, "member.deprovision").await?;
    effects.gone.push((user, keys));
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::RoleId;

    use super::*;
    use crate::access::{CustomRole, Permission};

    fn own(id: u128, permissions: &[Permission]) -> AssignedRole {
        AssignedRole::Custom(CustomRole {
            id: RoleId(Uuid::from_u128(id)),
            name: "Own".into(),
            permissions: permissions.iter().copied().collect(),
        })
    }

    #[test]
    fn c07_the_role_with_the_most_permissions_counts_among_the_organization_s_own_too() {
        let reader = own(1, &[Permission::RunRead]);
        let other = own(2, &[Permission::PipelineRead]);
        let viewer = AssignedRole::from(Role::Viewer);
        let of = |given: &[&AssignedRole]| highest(given.iter().map(|role| (*role).clone()));
        assert_eq!(of(&[&reader, &viewer]).as_ref(), Some(&viewer));
        assert_eq!(of(&[&other, &reader]).as_ref(), Some(&reader));
        let same: Vec<Permission> = Role::Viewer.permissions().iter().collect();
        let as_many = own(3, &same);
        assert_eq!(of(&[&as_many, &viewer]).as_ref(), Some(&viewer));
        let all = own(4, Permission::ALL);
        assert_eq!(
            of(&[&viewer, &all, &Role::Admin.into()]).as_ref(),
            Some(&all)
        );
    }

    #[test]
    fn c07_the_highest_role_counts_and_owner_never_does() {
        let of = |given: &[Role]| {
            highest(given.iter().copied().map(AssignedRole::from)).and_then(|role| role.built_in())
        };
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
