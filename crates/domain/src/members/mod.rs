//! Members of an organization: listing them, changing their roles, and ending memberships.
//!
//! People join by invitation; see `identity::invitations`. A removed member loses access at once in
//! every process: sessions, sockets and API keys look up their rights again (see
//! `identity::auth_cache`).

mod change;
mod creations;
mod error;
mod providers;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::UserId;

use change::Change;
pub use creations::{Creation, CreationKind, creations};
pub use error::MemberError;

use crate::{
    Ctx,
    access::{AssignedRole, Permission, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{
        api_keys,
        departure::{self, forget},
        sso_enforcement,
    },
    paging::{Listed, Page},
    roles::{self, RoleChoice},
    text,
};

/// A member of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user's id, which also identifies the member.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// The email address they sign in with; `None` if they have not set one.
    pub email: Option<String>,
    /// The role, which decides what they may do.
    pub role: AssignedRole,
    /// When they joined the organization.
    pub joined_at: DateTime<Utc>,
    /// When they last used FlowMason, accurate to about ten minutes; `None`: never.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// Whether they can sign in with a passkey.
    pub has_passkey: bool,
    /// The names of the identity providers of the organization, and of the server, at which they have an
    /// account.
    pub providers: Vec<String>,
    /// Whether one of these lets people join: after a removal, the person could come back by themselves.
    pub may_rejoin: bool,
    /// An address that nobody has proved to be theirs and with which nobody signs in, if they have no
    /// other, for those who manage members.
    pub unverified_email: Option<String>,
}

impl TryFrom<repo::MemberRow> for Member {
    type Error = AppError;

    fn try_from(row: repo::MemberRow) -> Result<Self> {
        let no_email = row.email.is_none();
        Ok(Self {
            user: UserId(row.user_id),
            name: row.name,
            email: row.email,
            role: row.role.assigned()?,
            joined_at: row.joined_at,
            last_seen_at: row.last_seen_at,
            has_password: row.has_password,
            has_passkey: row.has_passkey,
            providers: Vec::new(),
            may_rejoin: false,
            unverified_email: row.email_wanted.filter(|_| no_email),
        })
    }
}

/// The organization's members, newest accounts first.
pub async fn list(ctx: &Ctx, page: &Page) -> Result<Listed<Member>> {
    find(ctx, page, None).await
}

/// Like [`list`]. `search` is a part of the name, ignoring case and accents, or of the email address.
pub async fn find(ctx: &Ctx, page: &Page, search: Option<&str>) -> Result<Listed<Member>> {
    ctx.authorize(Permission::MemberRead).await?;
    let search = text::search(search)?;
    let list = format!("members/{}", search.unwrap_or_default());
    let window = page.window(ctx.org, &list)?;
    let rows = repo::list(ctx, &window, search).await?;
    let members = rows.into_iter().map(Member::try_from);
    let mut members = members.collect::<Result<Vec<_>>>()?;
    providers::fill(ctx, &mut members).await?;
    Ok(window.listed(members, |one| one.user.0))
}

/// One member.
pub async fn get(ctx: &Ctx, user: UserId) -> Result<Member> {
    ctx.authorize(Permission::MemberRead).await?;
    shown(ctx, user).await
}

async fn shown(ctx: &Ctx, user: UserId) -> Result<Member> {
    let row = repo::find(ctx, user.0).await?;
    let mut member = [Member::try_from(row.ok_or(MemberError::NotFound)?)?];
    providers::fill(ctx, &mut member).await?;
    let [member] = member;
    Ok(member)
}

/// Changes a member's role. Neither the old nor the new role may have permissions that the caller
/// does not have.
pub async fn change_role(ctx: &Ctx, user: UserId, role: impl Into<RoleChoice>) -> Result<Member> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let choice = role.into();
    if let RoleChoice::BuiltIn(role) = choice {
        ctx.require_fresh_proof_for(role.permissions())?;
    }
    let change = Change::begin(ctx, Permission::MemberManage, user).await?;
    let role = roles::chosen(change.tx(), ctx, choice).await?;
    let change = change.within_own(ctx).await?;
    let change = change.allows(ctx, &role).await?;
    ctx.require_fresh_proof_for(role.permissions())?;
    if change.role != role {
        change.require_another_owner(ctx).await?;
        let tx = change.tx();
        repo::set_role(tx, ctx.org, user.0, &role).await?;
        let detail = json!({ "from": change.role.to_string(), "to": role.to_string() });
        let entry = Entry::new("member.change_role", "user", user).detail(detail);
        audit::write(tx, ctx, entry).await?;
        let keys = api_keys::of_creator(tx, ctx.org, user).await?;
        change.commit().await?;
        forget(ctx, user, &keys);
    } else {
        drop(change);
    }
    shown(ctx, user).await
}

/// Removes a member and revokes their API keys in the organization. Needs a fresh proof of identity.
pub async fn remove(ctx: &Ctx, user: UserId) -> Result<()> {
    ctx.authorize_person(Permission::MemberManage).await?;
    ctx.require_fresh_proof()?;
    if ctx.actor.id == Some(user.0) {
        return Err(MemberError::Oneself.into());
    }
    let change = Change::begin(ctx, Permission::MemberManage, user).await?;
    end(change.within_own(ctx).await?, ctx, "member.remove").await
}

/// Ends the caller's own membership. The last owner cannot leave.
pub async fn leave(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let change = Change::begin(ctx, Permission::ProfileUpdate, change::caller(ctx)?).await?;
    end(change, ctx, "member.leave").await
}

/// Transfers the organization: the member becomes an owner, and the caller, who must be an owner,
/// becomes an admin.
pub async fn transfer_ownership(ctx: &Ctx, user: UserId) -> Result<Member> {
    ctx.authorize_person(Permission::OrganizationTransfer)
        .await?;
    ctx.require_fresh_proof()?;
    let own = change::caller(ctx)?;
    if own == user {
        return Err(AppError::invalid(
            "userId",
            "is your own id; name the member who will own the organization",
        ));
    }
    let change = Change::begin(ctx, Permission::OrganizationTransfer, user).await?;
    let change = change.by_an_owner(ctx, own).await?;
    let tx = change.tx();
    sso_enforcement::require_not_break_glass(tx, ctx.org, own.0).await?;
    repo::set_role(tx, ctx.org, user.0, &Role::Owner.into()).await?;
    repo::set_role(tx, ctx.org, own.0, &Role::Admin.into()).await?;
    let entry = Entry::new("organization.transfer", "user", user);
    audit::write(tx, ctx, entry).await?;
    let keys = api_keys::of_creator(tx, ctx.org, own).await?;
    change.commit().await?;
    forget(ctx, own, &keys);
    forget(ctx, user, &[]);
    shown(ctx, user).await
}

/// Ends the membership with all that the person has by it.
async fn end(change: Change, ctx: &Ctx, action: &str) -> Result<()> {
    change.require_another_owner(ctx).await?;
    let member = change.member;
    let keys = departure::end(change.tx(), ctx, member, &change.role, action).await?;
    change.commit().await?;
    forget(ctx, member, &keys);
    Ok(())
}
