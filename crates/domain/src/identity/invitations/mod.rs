//! Invitations, by which people join an organization. An invitation is a single-use link.
//!
//! An invitation to an address is sent there by mail, if this server sends mail; then only the mail
//! has the link, so whoever accepts has proved that they read mail at that address, and it counts as
//! verified if it is that of their account. Otherwise the link is returned to the inviter, who passes it on. Its token is stored only as a hash. `accept`
//! accepts invitations.

mod accept;
pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;
mod waiting;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::InvitationId;
use uuid::Uuid;

pub use accept::{Accepted, Invitee, Preview, accept_invitation, preview_invitation};
pub use error::InvitationError;
pub(super) use waiting::Waiting;

use super::{secret, users};
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Permission},
    audit::{self, Entry},
    error::{AppError, Result},
    mail::{self, Language, Letter, Outgoing},
    organizations::{self, OwnRights},
    paging::{Listed, Page},
    roles::{self, RoleChoice, RoleError},
    text,
};

/// The lifetime of a link.
const LASTS: Duration = Duration::days(7);

/// The largest number of open invitations in an organization.
const MOST_OPEN: u64 = 200;

/// How the link of an invitation reaches the invited person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationLink {
    /// It is sent by mail to the invitation's address.
    Sent,
    /// The inviter passes it on: the link's token, which is not stored.
    Token(String),
}

/// The state of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It can be accepted.
    Open,
    /// It was accepted.
    Accepted,
    /// It was revoked.
    Revoked,
    /// The link has expired. The invitation can be renewed.
    Expired,
}

/// An invitation, without its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The invitation's id.
    pub id: InvitationId,
    /// The role of the person who accepts. `None`: it was one of the organization's own, and was
    /// deleted after the invitation had ended.
    pub role: Option<AssignedRole>,
    /// Whether the person who accepts joins as a guest, for whom single sign-on is not enforced.
    pub guest: bool,
    /// If set, only the account with this email address can accept.
    pub email: Option<String>,
    /// The name of the person who created or last renewed it.
    pub invited_by: String,
    /// The state.
    pub status: InvitationStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When the newest link expires.
    pub expires_at: DateTime<Utc>,
}

impl Invitation {
    fn of(row: entity::Model, role: Option<AssignedRole>, now: DateTime<Utc>) -> Self {
        let status = if row.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if row.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if row.expires_at <= now {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Open
        };
        Self {
            id: InvitationId(row.id),
            role,
            guest: row.sso_guest,
            email: row.email,
            invited_by: row.created_by_name,
            status,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// The role that an invitation names, if it still exists.
fn role_of(row: &entity::Model, known: &roles::Known) -> Result<Option<AssignedRole>> {
    Ok(known.role(RoleChoice::of_columns(&row.role, row.role_id)?))
}

/// The organization's invitations, newest first, including accepted, revoked and expired ones.
pub async fn list_invitations(ctx: &Ctx, page: &Page) -> Result<Listed<Invitation>> {
    ctx.authorize(Permission::MemberManage).await?;
    let window = page.window(ctx.org, "invitations")?;
    let now = ctx.clock().now();
    let rows = repo::list(ctx, &window).await?;
    let known = roles::Known::read(ctx).await?;
    let invitations = rows.into_iter().map(|row| {
        let role = role_of(&row, &known)?;
        Ok(Invitation::of(row, role, now))
    });
    Ok(window.listed(invitations.collect::<Result<Vec<_>>>()?, |one| one.id.0))
}

/// One invitation.
pub async fn get_invitation(ctx: &Ctx, id: InvitationId) -> Result<Invitation> {
    ctx.authorize(Permission::MemberManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(InvitationError::NotFound)?;
    let role = role_of(&row, &roles::Known::read(ctx).await?)?;
    Ok(Invitation::of(row, role, ctx.clock().now()))
}

/// Creates an invitation for anybody who has the link or, with `email`, only for the account with
/// that address. The mail is written in `language`. The role cannot have permissions that the caller
/// does not have.
pub async fn create_invitation(
    ctx: &Ctx,
    role: impl Into<RoleChoice>,
    email: Option<&str>,
    language: Language,
) -> Result<(Invitation, InvitationLink)> {
    create(ctx, (role.into(), false), email, language).await
}

/// Like [`create_invitation`], for somebody who joins as a guest: single sign-on is not enforced for
/// them where it is for everyone. Needs the permission to manage single sign-on as well.
pub async fn create_guest_invitation(
    ctx: &Ctx,
    role: impl Into<RoleChoice>,
    email: Option<&str>,
    language: Language,
) -> Result<(Invitation, InvitationLink)> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    create(ctx, (role.into(), true), email, language).await
}

async fn create(
    ctx: &Ctx,
    (choice, sso_guest): (RoleChoice, bool),
    email: Option<&str>,
    language: Language,
) -> Result<(Invitation, InvitationLink)> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let email = email.map(|email| text::email("email", email)).transpose()?;
    if let Some(email) = email.as_deref().filter(|_| mail::is_on(&ctx.app)) {
        mail::check_address("email", email)?;
    }
    let (tx, role) = begin(ctx, choice, RoleError::NotFound).await?;
    let (now, token) = (ctx.clock().now(), secret::new(secret::INVITATION));
    let row = entity::Model {
        id: InvitationId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        role: choice.stored().to_owned(),
        role_id: choice.custom_id(),
        sso_guest,
        mailed: email.is_some() && mail::is_on(&ctx.app),
        email,
        token_hash: secret::hash(&token).to_vec(),
        created_by: inviter(ctx)?,
        created_by_name: ctx.actor.name.to_string(),
        created_at: now,
        expires_at: now + LASTS,
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
    };
    if repo::count_open(&tx, ctx, now).await? >= MOST_OPEN {
        return Err(InvitationError::TooMany.into());
    }
    repo::insert(&tx, &row).await?;
    let detail = json!({ "role": role.to_string(), "email": row.email, "guest": sso_guest });
    note(&tx, ctx, "invitation.create", &row, detail).await?;
    let link = hand_over(&tx, ctx, (&row, &role), token, language).await?;
    tx.commit().await?;
    Ok((Invitation::of(row, Some(role), now), link))
}

/// Renews an open or expired invitation: creates a new link, which is handed over like the first
/// one, and invalidates the old one.
pub async fn renew_invitation(
    ctx: &Ctx,
    id: InvitationId,
    language: Language,
) -> Result<(Invitation, InvitationLink)> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(InvitationError::NotFound)?;
    if old.sso_guest {
        ctx.authorize_person(Permission::SsoManage).await?;
        ctx.require_fresh_proof()?;
    }
    let choice = RoleChoice::of_columns(&old.role, old.role_id)?;
    let (tx, role) = begin(ctx, choice, InvitationError::RoleDeleted).await?;
    let (now, token) = (ctx.clock().now(), secret::new(secret::INVITATION));
    let row = entity::Model {
        mailed: old.email.is_some() && mail::is_on(&ctx.app),
        token_hash: secret::hash(&token).to_vec(),
        created_by: inviter(ctx)?,
        created_by_name: ctx.actor.name.to_string(),
        expires_at: now + LASTS,
        ..old
    };
    if !repo::renew(&tx, &row).await? {
        tx.rollback().await?;
        return Err(closed(ctx, id).await?.into());
    }
    note(&tx, ctx, "invitation.renew", &row, json!({})).await?;
    mail::withdraw(&tx, ctx, row.id).await?;
    let link = hand_over(&tx, ctx, (&row, &role), token, language).await?;
    tx.commit().await?;
    Ok((Invitation::of(row, Some(role), now), link))
}

/// Revokes an invitation. Its link is invalid at once. Revoking it again changes nothing. Nobody takes
/// back what they could not give.
pub async fn revoke_invitation(ctx: &Ctx, id: InvitationId) -> Result<Invitation> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(InvitationError::NotFound)?;
    let role = role_of(&row, &roles::Known::read(ctx).await?)?;
    let now = ctx.clock().now();
    let mut change = OwnRights::lock(ctx, Permission::MemberManage).await?;
    if let Some(role) = &role {
        let what = format!("the role {role}");
        change = change
            .covers(ctx, "role", &what, role.permissions())
            .await?;
    }
    let tx = change.tx;
    if !repo::revoke(&tx, ctx.org, id, now).await? {
        tx.rollback().await?;
        return match closed(ctx, id).await? {
            InvitationError::Closed(REVOKED) => get_invitation(ctx, id).await,
            closed => Err(closed.into()),
        };
    }
    note(&tx, ctx, "invitation.revoke", &row, json!({})).await?;
    mail::withdraw(&tx, ctx, row.id).await?;
    tx.commit().await?;
    let row = entity::Model {
        revoked_at: Some(now),
        ..row
    };
    Ok(Invitation::of(row, role, now))
}

/// Revokes the open invitations for an address, in the caller's transaction.
pub(super) async fn revoke_for(tx: &Tx, ctx: &Ctx, email: &str) -> Result<()> {
    for id in repo::revoke_for(tx, ctx.org, email, ctx.clock().now()).await? {
        let entry = Entry::new("invitation.revoke", "invitation", InvitationId(id));
        audit::write(tx, ctx, entry).await?;
        mail::withdraw(tx, ctx, id).await?;
    }
    Ok(())
}

/// Begins a change with which people get a role: nobody else changes rights in the organization until it
/// ends, so the role is not deleted meanwhile.
///
/// # Errors
/// `FORBIDDEN`, with an audit row, for a role with permissions that the caller does not have; `gone` if
/// the role does not exist.
async fn begin(
    ctx: &Ctx,
    choice: RoleChoice,
    gone: impl Into<AppError>,
) -> Result<(Tx, AssignedRole)> {
    let own = OwnRights::lock(ctx, Permission::MemberManage).await?;
    let role = roles::still(&own.tx, &ctx.app, ctx.org, choice).await?;
    let Some(role) = role else {
        return Err(gone.into());
    };
    let what = format!("the role {role}");
    let own = own.gives(ctx, "role", &what, role.permissions()).await?;
    ctx.require_fresh_proof_for(role.permissions())?;
    Ok((own.tx, role))
}

/// Writes the mail with the link, or returns the token for the inviter.
async fn hand_over(
    tx: &Tx,
    ctx: &Ctx,
    (row, role): (&entity::Model, &AssignedRole),
    token: String,
    language: Language,
) -> Result<InvitationLink> {
    let Some(email) = row.email.as_deref().filter(|_| row.mailed) else {
        return Ok(InvitationLink::Token(token));
    };
    let letter = Letter::Invitation {
        organization: organizations::name(ctx).await?,
        inviter: row.created_by_name.clone(),
        role: role.to_string(),
        link: mail::link(&ctx.app, &path(&token)),
        until: row.expires_at.format("%Y-%m-%d").to_string(),
    };
    let outgoing = Outgoing {
        to: email,
        letter: &letter,
        language,
        about: row.id,
        expires_at: row.expires_at,
    };
    mail::post(tx, ctx, outgoing).await?;
    Ok(InvitationLink::Sent)
}

/// The path at which an invitation is accepted. The token is in the fragment, which browsers do not
/// send to servers.
pub fn path(token: &str) -> String {
    format!("/invitation#{token}")
}

const REVOKED: &str = "revoked";

/// The error for an invitation that can no longer be changed: it was accepted, revoked or never
/// existed.
async fn closed(ctx: &Ctx, id: InvitationId) -> Result<InvitationError> {
    let row = repo::find(ctx, id).await?;
    Ok(match row {
        None => InvitationError::NotFound,
        Some(row) if row.accepted_at.is_some() => InvitationError::Closed("accepted"),
        Some(_) => InvitationError::Closed(REVOKED),
    })
}

fn inviter(ctx: &Ctx) -> Result<Uuid> {
    users::person(ctx)
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    action: &str,
    row: &entity::Model,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry::new(action, "invitation", InvitationId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}
