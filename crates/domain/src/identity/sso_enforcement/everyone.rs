//! Single sign-on enforced for everyone: for all members, whatever their address, but guests. A guest is a
//! member whom an administrator has named, such as somebody of another company. A guest with an address
//! for whose domain single sign-on is enforced needs it all the same.

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{OrgId, UserId};

use super::{MOST_GUESTS, SsoEnforcementError, locks_nobody_out, repo};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    organizations::OwnRights,
};

/// A member for whom single sign-on is not enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoGuest {
    /// The member.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// The address they sign in with.
    pub email: Option<String>,
}

/// The enforcement for everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoForEveryone {
    /// Since when it is in force; `None`: it is not.
    pub since: Option<DateTime<Utc>>,
    /// The guests, by name. They count only while it is in force, and can be named before.
    pub guests: Vec<SsoGuest>,
}

/// Whether single sign-on is enforced for everyone, and the guests.
pub async fn sso_for_everyone(ctx: &Ctx) -> Result<SsoForEveryone> {
    ctx.authorize(Permission::SsoManage).await?;
    shown(ctx).await
}

async fn shown(ctx: &Ctx) -> Result<SsoForEveryone> {
    let guests = repo::guests(ctx).await?;
    Ok(SsoForEveryone {
        since: repo::everyone_since(ctx).await?,
        guests: guests.into_iter().map(SsoGuest::from).collect(),
    })
}

/// Enforces single sign-on for everyone but guests. `owner` becomes the break-glass owner of the
/// organization, in place of the one before. Repeating it changes the owner only.
///
/// # Errors
/// `CONFLICT` if nobody has signed in yet with a provider that is turned on, no such provider is
/// believed about owners, or the break-glass owner has no passkey.
pub async fn enforce_sso_for_everyone(ctx: &Ctx, owner: UserId) -> Result<SsoForEveryone> {
    authorize_change(ctx).await?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::SsoManage).await?;
    let repeated = repo::is_for_everyone(&tx, ctx.org).await?;
    locks_nobody_out(&tx, ctx.org, owner, repeated).await?;
    repo::enforce_for_everyone(&tx, ctx.org, owner, ctx.clock().now()).await?;
    let detail = json!({ "breakGlassOwner": owner.to_string() });
    let entry = Entry::new("sso.enforce_for_everyone", "organization", ctx.org).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    shown(ctx).await
}

/// Ends the enforcement for everyone. That for domains stays.
pub async fn stop_enforcing_sso_for_everyone(ctx: &Ctx) -> Result<SsoForEveryone> {
    authorize_change(ctx).await?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::SsoManage).await?;
    if repo::stop_for_everyone(&tx, ctx.org).await? {
        let entry = Entry::new("sso.stop_enforcing_for_everyone", "organization", ctx.org);
        audit::write(&tx, ctx, entry).await?;
    }
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    shown(ctx).await
}

/// Makes a member a guest. Repeating it changes nothing.
///
/// # Errors
/// `NOT_FOUND` for somebody who is no member; `QUOTA_EXCEEDED` beyond [`MOST_GUESTS`].
pub async fn add_sso_guest(ctx: &Ctx, user: UserId) -> Result<SsoForEveryone> {
    change_guest(ctx, user, true).await
}

/// Lets single sign-on be enforced for a member again. Repeating it changes nothing.
///
/// # Errors
/// `NOT_FOUND` for somebody who is no member.
pub async fn remove_sso_guest(ctx: &Ctx, user: UserId) -> Result<SsoForEveryone> {
    change_guest(ctx, user, false).await
}

async fn change_guest(ctx: &Ctx, user: UserId, guest: bool) -> Result<SsoForEveryone> {
    authorize_change(ctx).await?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::SsoManage).await?;
    if !repo::is_member(&tx, ctx.org, user).await? {
        return Err(AppError::not_found("member"));
    }
    if repo::set_guest(&tx, ctx.org, user, guest).await? {
        within_limit(&tx, ctx.org).await?;
        let action = if guest {
            "sso_guest.add"
        } else {
            "sso_guest.remove"
        };
        audit::write(&tx, ctx, Entry::new(action, "user", user)).await?;
    }
    tx.commit().await?;
    ctx.app.drop_right(Right::User(user.0));
    shown(ctx).await
}

/// Makes somebody a guest who has just joined by an invitation for a guest. The audit row is that of
/// the invitation.
///
/// # Errors
/// `QUOTA_EXCEEDED` beyond [`MOST_GUESTS`].
pub async fn join_as_guest(tx: &Tx, org: OrgId, user: UserId) -> Result<()> {
    repo::set_guest(tx, org, user, true).await?;
    within_limit(tx, org).await
}

async fn within_limit(tx: &Tx, org: OrgId) -> Result<()> {
    match repo::count_guests(tx, org).await? > MOST_GUESTS {
        true => Err(SsoEnforcementError::TooManyGuests.into()),
        false => Ok(()),
    }
}

async fn authorize_change(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()
}
