//! Members of an organization: listing them, changing their roles, and ending memberships.
//!
//! People join by invitation; see `identity::invitations`. A removed member loses access at once in
//! every process: sessions, sockets and API keys look up their rights again (see
//! `identity::auth_cache`).

mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{ApiKeyId, UserId};
use uuid::Uuid;

pub use error::MemberError;

use crate::{
    Ctx, Tx,
    access::{Permission, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::api_keys,
    live::Right,
    organizations,
    paging::{Listed, Page},
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
    pub role: Role,
    /// When they joined the organization.
    pub joined_at: DateTime<Utc>,
    /// When they last used FlowMason, accurate to about ten minutes; `None`: never.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
}

impl TryFrom<repo::MemberRow> for Member {
    type Error = AppError;

    fn try_from(row: repo::MemberRow) -> Result<Self> {
        Ok(Self {
            user: UserId(row.user_id),
            name: row.name,
            email: row.email,
            role: role_of(&row.role)?,
            joined_at: row.joined_at,
            last_seen_at: row.last_seen_at,
            has_password: row.has_password,
        })
    }
}

fn role_of(word: &str) -> Result<Role> {
    let role = stored::of_role(word)?.role;
    role.ok_or_else(|| AppError::internal("a role without a name"))
}

/// The organization's members, newest accounts first.
pub async fn list(ctx: &Ctx, page: &Page) -> Result<Listed<Member>> {
    ctx.authorize(Permission::MemberRead).await?;
    let window = page.window(ctx.org, "members")?;
    let rows = repo::list(ctx, &window).await?;
    let members = rows.into_iter().map(Member::try_from);
    Ok(window.listed(members.collect::<Result<Vec<_>>>()?, |one| one.user.0))
}

/// One member.
pub async fn get(ctx: &Ctx, user: UserId) -> Result<Member> {
    ctx.authorize(Permission::MemberRead).await?;
    let row = repo::find(ctx, user.0).await?;
    row.ok_or(MemberError::NotFound)?.try_into()
}

/// Changes a member's role. Neither the old nor the new role may have permissions that the caller
/// does not have.
pub async fn change_role(ctx: &Ctx, user: UserId, role: Role) -> Result<Member> {
    ctx.authorize_person(Permission::MemberManage).await?;
    if role.exceeds(ctx.rights.permissions) {
        return Err(ctx
            .refuse_role(Permission::MemberManage, "role", role)
            .await);
    }
    ctx.require_fresh_proof_for(role)?;
    let tx = ctx.begin().await?;
    let old = lock(&tx, ctx, user).await?;
    if old.exceeds(ctx.rights.permissions) {
        // The refusal is written in a separate transaction, which would wait for this one.
        tx.rollback().await?;
        return Err(ctx
            .refuse_role(Permission::MemberManage, "userId", old)
            .await);
    }
    if old != role {
        if old == Role::Owner {
            another_owner(&tx, ctx, user).await?;
        }
        repo::set_role(&tx, ctx.org, user.0, role).await?;
        let detail = json!({ "from": old.as_str(), "to": role.as_str() });
        let entry = Entry::new("member.change_role", "user", user).detail(detail);
        audit::write(&tx, ctx, entry).await?;
        let keys = api_keys::of_creator(&tx, ctx.org, user).await?;
        tx.commit().await?;
        forget(ctx, user, &keys);
    }
    let row = repo::find(ctx, user.0).await?;
    row.ok_or(MemberError::NotFound)?.try_into()
}

/// Removes a member and revokes their API keys in the organization.
pub async fn remove(ctx: &Ctx, user: UserId) -> Result<()> {
    ctx.authorize_person(Permission::MemberManage).await?;
    if ctx.actor.id == Some(user.0) {
        return Err(MemberError::Oneself.into());
    }
    let tx = ctx.begin().await?;
    let role = lock(&tx, ctx, user).await?;
    if role.exceeds(ctx.rights.permissions) {
        tx.rollback().await?;
        return Err(ctx
            .refuse_role(Permission::MemberManage, "userId", role)
            .await);
    }
    end(tx, ctx, user, role, "member.remove").await
}

/// Ends the caller's own membership. The last owner cannot leave.
pub async fn leave(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = oneself(ctx)?;
    let tx = ctx.begin().await?;
    let role = lock(&tx, ctx, user).await?;
    end(tx, ctx, user, role, "member.leave").await
}

/// Transfers the organization: the member becomes an owner, and the caller, who must be an owner,
/// becomes an admin.
pub async fn transfer_ownership(ctx: &Ctx, user: UserId) -> Result<Member> {
    ctx.authorize_person(Permission::OrganizationTransfer)
        .await?;
    ctx.require_fresh_proof()?;
    let own = oneself(ctx)?;
    if own == user {
        return Err(AppError::invalid(
            "userId",
            "is your own id; name the member who will own the organization",
        ));
    }
    let tx = ctx.begin().await?;
    lock(&tx, ctx, user).await?;
    repo::set_role(&tx, ctx.org, user.0, Role::Owner).await?;
    repo::set_role(&tx, ctx.org, own.0, Role::Admin).await?;
    let entry = Entry::new("organization.transfer", "user", user);
    audit::write(&tx, ctx, entry).await?;
    let keys = api_keys::of_creator(&tx, ctx.org, own).await?;
    tx.commit().await?;
    forget(ctx, own, &keys);
    forget(ctx, user, &[]);
    let row = repo::find(ctx, user.0).await?;
    row.ok_or(MemberError::NotFound)?.try_into()
}

/// A member's role, locked against changes by others until the transaction ends.
async fn lock(tx: &Tx, ctx: &Ctx, user: UserId) -> Result<Role> {
    repo::of_role_alone(tx, ctx.org, Role::Owner).await?;
    let word = organizations::role_of_member(tx, ctx.org, user.0).await?;
    role_of(&word.ok_or(MemberError::NotFound)?)
}

async fn another_owner(tx: &Tx, ctx: &Ctx, user: UserId) -> Result<()> {
    let owners = repo::of_role_alone(tx, ctx.org, Role::Owner).await?;
    if owners.iter().all(|owner| *owner == user.0) {
        return Err(MemberError::LastOwner.into());
    }
    Ok(())
}

async fn end(tx: Tx, ctx: &Ctx, user: UserId, role: Role, action: &str) -> Result<()> {
    if role == Role::Owner {
        another_owner(&tx, ctx, user).await?;
    }
    let keys = api_keys::revoke_of_creator(&tx, ctx, user).await?;
    repo::delete(&tx, ctx.org, user.0).await?;
    let detail = json!({ "role": role.as_str(), "revokedKeys": keys.len() });
    audit::write(&tx, ctx, Entry::new(action, "user", user).detail(detail)).await?;
    tx.commit().await?;
    forget(ctx, user, &keys);
    Ok(())
}

/// Drops the cached rights of the person and of their keys in every process.
fn forget(ctx: &Ctx, user: UserId, keys: &[ApiKeyId]) {
    ctx.app.drop_right(Right::User(user.0));
    for key in keys {
        ctx.app.drop_right(Right::ApiKey(key.0));
    }
}

fn oneself(ctx: &Ctx) -> Result<UserId> {
    let id: Option<Uuid> = ctx.actor.id;
    Ok(UserId(id.ok_or(MemberError::NotFound)?))
}
