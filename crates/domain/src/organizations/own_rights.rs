//! A change of rights: of memberships, roles, teams, grants and service accounts. In one organization
//! they happen one after another, each with the caller's rights at that time: those of the request
//! may be a moment old, and two requests with the same rights would both succeed although the first
//! took them away.
//!
//! What the caller has only by a grant that ends, they can use until then, but give only by grants that
//! end no later: otherwise it would outlast its end.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{caller, lasting_until, repo, rights_of_member};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet},
    error::Result,
};

/// A transaction in which nobody else can change rights in the organization, with the caller's own.
pub(crate) struct OwnRights {
    /// The transaction.
    pub tx: Tx,
    /// The caller's permissions now.
    pub permissions: PermissionSet,
    /// Those that the caller has for as long as what they give.
    pub lasting: PermissionSet,
    needed: Permission,
}

impl OwnRights {
    /// Begins a change by the caller, who must be a person with the permission.
    ///
    /// # Errors
    /// `FORBIDDEN`, with an audit row, if the caller no longer has the permission; `UNAUTHENTICATED` if
    /// their session has ended.
    pub async fn lock(ctx: &Ctx, needed: Permission) -> Result<Self> {
        Self::lock_until(ctx, needed, None).await
    }

    /// Like [`OwnRights::lock`], for a change that gives something until a time; `None`: for ever.
    pub async fn lock_until(
        ctx: &Ctx,
        needed: Permission,
        until: Option<DateTime<Utc>>,
    ) -> Result<Self> {
        let tx = ctx.begin().await?;
        repo::lock(&tx, ctx.org).await?;
        caller::hold_caller(&tx, ctx).await?;
        let person = ctx.actor.id.unwrap_or(Uuid::nil());
        let rights = rights_of_member(&tx, ctx.clock(), ctx.org, person).await?;
        let rights = rights.unwrap_or_else(|| PermissionSet::NONE.into());
        let own = rights.permissions;
        if !own.has(needed) {
            // The refusal is written in a separate transaction, which would wait for this one.
            tx.rollback().await?;
            let message = format!(
                "This requires the permission `{needed}`, which you lost a moment ago; reload the \
                 page to see your role"
            );
            return Err(ctx.refuse(needed, message).await);
        }
        let lasting = lasting_until(&tx, ctx, &rights, until).await?;
        Ok(Self {
            tx,
            permissions: own.and(ctx.rights.permissions),
            lasting,
            needed,
        })
    }

    /// Like [`OwnRights::covers`], for permissions that the change gives: refuses those as well that the
    /// caller has for a shorter time than they are given.
    pub async fn gives(
        self,
        ctx: &Ctx,
        field: &str,
        what: &str,
        permissions: PermissionSet,
    ) -> Result<Self> {
        let own = self.covers(ctx, field, what, permissions).await?;
        let ending = permissions.without(own.lasting);
        if ending.is_empty() {
            return Ok(own);
        }
        own.tx.rollback().await?;
        let message = format!(
            "{field}: {what} has permissions that you have only by a grant that ends sooner ({ending}); \
             grant them until then at most, or ask somebody who has them for longer"
        );
        Err(ctx.refuse(own.needed, message).await)
    }

    /// Refuses, with an audit row, if there are permissions that the caller lacks. `field` is the one
    /// that named them or their holder, `what` says whose they are: `the role admin`.
    pub async fn covers(
        self,
        ctx: &Ctx,
        field: &str,
        what: &str,
        permissions: PermissionSet,
    ) -> Result<Self> {
        let own = self.permissions;
        if !permissions.exceeds(own) {
            return Ok(self);
        }
        self.tx.rollback().await?;
        let refused = ctx.refuse_more(self.needed, field, what, permissions, own);
        Err(refused.await)
    }
}
