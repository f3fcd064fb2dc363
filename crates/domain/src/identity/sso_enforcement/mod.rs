//! Single sign-on enforced for the addresses of a domain, or for everyone but guests (`everyone`): they
//! enter the organization with the organization's identity provider only.
//!
//! What a session reaches is decided by [`Gate`], each time its principal is read. Only sessions that
//! the organization's own provider opened, and the break-glass owner's strong ones, pass. A person
//! whose organizations are all closed to a session gets none ([`admit`]), and cannot reset their
//! password or change their address. Whoever belongs to another organization as well keeps their
//! password for that one.
//!
//! API keys are not sessions. They end with the membership, and new ones are created in sessions.

mod admit;
mod error;
mod everyone;
mod gate;
mod keep;
mod repo;
mod unprepared;

use serde_json::json;
use types::{DomainId, OrgId, UserId};

pub(super) use admit::{admit, refusal};
pub use error::SsoEnforcementError;
pub(super) use everyone::join_as_guest;
pub use everyone::{
    SsoForEveryone, SsoGuest, add_sso_guest, enforce_sso_for_everyone, remove_sso_guest,
    sso_for_everyone, stop_enforcing_sso_for_everyone,
};
pub(super) use gate::{
    Gate, closed, is_enforced_for, is_open, require_a_way_in, require_changeable_address,
    require_open,
};
pub(crate) use keep::{require_a_provider, require_another_passkey, require_not_break_glass};
pub use unprepared::{Unprepared, UnpreparedMember, sso_unprepared};

use super::domains::{self, Domain, DomainStatus};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    organizations::OwnRights,
};

/// The largest number of guests of an organization.
pub const MOST_GUESTS: u64 = 100;

/// An owner, who can be the break-glass owner if they have a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChoice {
    /// The owner.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// The address they sign in with.
    pub email: Option<String>,
    /// How many passkeys they have.
    pub passkeys: i64,
    /// Whether they are the break-glass owner.
    pub chosen: bool,
}

/// The organization's owners, by name, with the break-glass owner among them.
pub async fn list_owner_choices(ctx: &Ctx) -> Result<Vec<OwnerChoice>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::owners(ctx).await?;
    Ok(rows.into_iter().map(OwnerChoice::from).collect())
}

/// Enforces single sign-on for the addresses of a proved domain. `owner` becomes the break-glass
/// owner of the organization, in place of the one before. Repeating it changes the owner only.
///
/// # Errors
/// `CONFLICT` if the domain is not proved, nobody has signed in yet with a provider that is turned
/// on, no such provider is believed about owners, or the break-glass owner has no passkey.
pub async fn enforce_sso(ctx: &Ctx, domain: DomainId, owner: UserId) -> Result<Domain> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    let found = domains::shown(ctx, domain).await?;
    if found.status != DomainStatus::Proved {
        return Err(SsoEnforcementError::NotProved(found.shown).into());
    }
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::SsoManage).await?;
    locks_nobody_out(&tx, ctx.org, owner, found.enforced_at.is_some()).await?;
    let now = ctx.clock().now();
    if !repo::enforce(&tx, (ctx.org, domain), owner, now).await? {
        return Err(SsoEnforcementError::NotProved(found.shown).into());
    }
    let detail = json!({ "name": found.name, "breakGlassOwner": owner.to_string() });
    let entry = Entry::new("domain.enforce_sso", "domain", domain).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    domains::shown(ctx, domain).await
}

/// Refuses the enforcement if nobody could enter, or no owner could. `repeated`: it is in force already.
async fn locks_nobody_out(tx: &Tx, org: OrgId, owner: UserId, repeated: bool) -> Result<()> {
    if !repo::is_member(tx, org, owner).await? {
        return Err(AppError::not_found("member"));
    }
    if !repo::is_owner(tx, org, owner).await? {
        return Err(SsoEnforcementError::NotOwner.into());
    }
    if !repo::has_passkey(tx, owner).await? {
        return Err(SsoEnforcementError::NoPasskey.into());
    }
    if !repo::has_used_provider(tx, org).await? {
        return Err(SsoEnforcementError::NeverUsed.into());
    }
    // Repeating it may be what lets an owner in again.
    if !repeated && !repo::signs_in_owners(tx, org).await? {
        return Err(SsoEnforcementError::OwnersOut.into());
    }
    Ok(())
}

/// Ends the enforcement for a domain. Its people can sign in as before.
pub async fn stop_enforcing_sso(ctx: &Ctx, domain: DomainId) -> Result<Domain> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    let found = domains::shown(ctx, domain).await?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::SsoManage).await?;
    if repo::stop(&tx, ctx.org, domain).await? {
        let entry = Entry::new("domain.stop_enforcing_sso", "domain", domain)
            .detail(json!({ "name": found.name }));
        audit::write(&tx, ctx, entry).await?;
    }
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    domains::shown(ctx, domain).await
}
