//! A change of one membership, with the caller's rights at that time; see [`OwnRights`].

use types::UserId;

use super::MemberError;
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Permission, Rights},
    error::Result,
    identity::departure,
    organizations::{self, OwnRights},
};

/// A transaction in which nobody else can change the organization's memberships.
pub(super) struct Change {
    own: OwnRights,
    /// The member to change.
    pub member: UserId,
    /// The member's role before the change.
    pub role: AssignedRole,
    /// The member's rights before the change, with those of grants.
    rights: Rights,
}

impl Change {
    /// Begins a change of a member by the caller, who must be a person.
    ///
    /// # Errors
    /// `FORBIDDEN`, with an audit row, if the caller no longer has the permission.
    pub async fn begin(ctx: &Ctx, permission: Permission, member: UserId) -> Result<Self> {
        let own = OwnRights::lock(ctx, permission).await?;
        let rights = organizations::rights_of_member(&own.tx, ctx.clock(), ctx.org, member.0);
        let rights = rights.await?.ok_or(MemberError::NotFound)?;
        Ok(Self {
            own,
            member,
            role: rights.role.clone().ok_or(MemberError::NotFound)?,
            rights,
        })
    }

    /// Refuses, with an audit row, if the member has permissions that the caller lacks, by grants as well.
    pub async fn within_own(self, ctx: &Ctx) -> Result<Self> {
        let what = format!("the member with the role {}", self.role);
        let permissions = self.rights.all();
        let own = self.own.covers(ctx, "userId", &what, permissions).await?;
        Ok(Self { own, ..self })
    }

    /// Refuses, with an audit row, if the role has permissions that the caller lacks, or has only by a
    /// grant that ends.
    pub async fn allows(self, ctx: &Ctx, role: &AssignedRole) -> Result<Self> {
        let what = format!("the role {role}");
        let own = self.own.gives(ctx, "role", &what, role.permissions());
        Ok(Self {
            own: own.await?,
            ..self
        })
    }

    /// Refuses, with an audit row, if the caller does not have the built-in role owner: nothing else gives
    /// ownership away.
    pub async fn by_an_owner(self, ctx: &Ctx, caller: UserId) -> Result<Self> {
        let owners = organizations::owners(self.tx(), ctx.org).await?;
        if owners.contains(&caller.0) {
            return Ok(self);
        }
        // The refusal is written in a separate transaction, which would wait for this one.
        self.own.tx.rollback().await?;
        let message = "Only an owner transfers the organization; ask an owner to do it".to_owned();
        Err(ctx.refuse(Permission::OrganizationTransfer, message).await)
    }

    /// Refuses if the member is the only owner, or the one who can enter without single sign-on.
    pub async fn require_another_owner(&self, ctx: &Ctx) -> Result<()> {
        let member = (self.member, &self.role);
        departure::require_another_owner(self.tx(), ctx.org, member, MemberError::LastOwner).await
    }

    /// The transaction.
    pub fn tx(&self) -> &Tx {
        &self.own.tx
    }

    /// Ends the change with the commit of its transaction.
    pub async fn commit(self) -> Result<()> {
        Ok(self.own.tx.commit().await?)
    }
}

/// The person who makes the change.
pub(super) fn caller(ctx: &Ctx) -> Result<UserId> {
    Ok(UserId(ctx.actor.id.ok_or(MemberError::NotFound)?))
}
