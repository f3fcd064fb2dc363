//! A change of memberships. In one organization they happen one after another, each with the
//! caller's rights at that time: those of the request may be a moment old, and two requests with
//! the same rights would both succeed although the first took them away.

use types::UserId;

use super::{MemberError, repo, role_of};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet, Role},
    error::Result,
    organizations,
};

/// A transaction in which nobody else can change the organization's memberships.
pub(super) struct Change {
    pub tx: Tx,
    /// The member to change.
    pub member: UserId,
    /// The member's role before the change.
    pub role: Role,
    /// The caller's permissions now.
    own: PermissionSet,
    permission: Permission,
}

impl Change {
    /// Begins a change of a member by the caller, who must be a person.
    ///
    /// # Errors
    /// `FORBIDDEN`, with an audit row, if the caller no longer has the permission.
    pub async fn begin(ctx: &Ctx, permission: Permission, member: UserId) -> Result<Self> {
        let caller = caller(ctx)?;
        let tx = ctx.begin().await?;
        repo::lock(&tx, ctx.org).await?;
        let role = role_in(&tx, ctx, caller).await?;
        let own = role.map_or(PermissionSet::NONE, Role::permissions);
        if !own.has(permission) {
            // The refusal is written in a separate transaction, which would wait for this one.
            tx.rollback().await?;
            let message = format!(
                "This requires the permission `{permission}`, which you lost a moment ago; reload \
                 the page to see your role"
            );
            return Err(ctx.refuse(permission, message).await);
        }
        let role = role_in(&tx, ctx, member).await?;
        Ok(Self {
            tx,
            member,
            role: role.ok_or(MemberError::NotFound)?,
            own: own.and(ctx.rights.permissions),
            permission,
        })
    }

    /// Refuses, with an audit row, if the member has permissions that the caller lacks.
    pub async fn within_own(self, ctx: &Ctx) -> Result<Self> {
        let role = self.role;
        self.allows(ctx, "userId", role).await
    }

    /// Refuses, with an audit row, if the role has permissions that the caller lacks. `field` is the
    /// one that named the role or its holder.
    pub async fn allows(self, ctx: &Ctx, field: &str, role: Role) -> Result<Self> {
        if !role.exceeds(self.own) {
            return Ok(self);
        }
        self.tx.rollback().await?;
        Err(ctx
            .refuse_role(self.permission, field, role, self.own)
            .await)
    }

    /// Refuses if the member is the only owner.
    pub async fn keeps_an_owner(&self, ctx: &Ctx) -> Result<()> {
        if self.role != Role::Owner {
            return Ok(());
        }
        let owners = repo::owners(&self.tx, ctx.org).await?;
        if owners.iter().all(|owner| *owner == self.member.0) {
            return Err(MemberError::LastOwner.into());
        }
        Ok(())
    }
}

/// The person who makes the change.
pub(super) fn caller(ctx: &Ctx) -> Result<UserId> {
    Ok(UserId(ctx.actor.id.ok_or(MemberError::NotFound)?))
}

async fn role_in(tx: &Tx, ctx: &Ctx, user: UserId) -> Result<Option<Role>> {
    let word = organizations::role_of_member(tx, ctx.org, user.0).await?;
    word.map(|word| role_of(&word)).transpose()
}
