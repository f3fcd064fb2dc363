//! Invitations, by which people join an organization. An invitation is a single-use link.
//!
//! The link's token is returned to the inviter and stored only as a hash. `accept` accepts
//! invitations. They are not sent by email: the inviter copies the link.

mod accept;
pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::InvitationId;
use uuid::Uuid;

pub use accept::{Accepted, Invitee, Preview, accept_invitation, preview_invitation};
pub use error::InvitationError;

use super::{secret, users};
use crate::{
    Ctx,
    access::{Permission, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    paging::{Listed, Page},
    text,
};

/// The lifetime of a link.
const LASTS: Duration = Duration::days(7);

/// The largest number of open invitations in an organization.
const MOST_OPEN: u64 = 200;

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
    /// The role of the person who accepts.
    pub role: Role,
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
    fn of(row: entity::Model, now: DateTime<Utc>) -> Result<Self> {
        let role = stored::of_role(&row.role)?.role;
        let status = if row.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if row.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if row.expires_at <= now {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Open
        };
        Ok(Self {
            id: InvitationId(row.id),
            role: role.ok_or_else(|| AppError::internal("a role without a name"))?,
            email: row.email,
            invited_by: row.created_by_name,
            status,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// The organization's invitations, newest first, including accepted, revoked and expired ones.
pub async fn list_invitations(ctx: &Ctx, page: &Page) -> Result<Listed<Invitation>> {
    ctx.authorize(Permission::MemberManage).await?;
    let window = page.window(ctx.org, "invitations")?;
    let now = ctx.clock().now();
    let rows = repo::list(ctx, &window).await?;
    let invitations = rows.into_iter().map(|row| Invitation::of(row, now));
    Ok(window.listed(invitations.collect::<Result<Vec<_>>>()?, |one| one.id.0))
}

/// One invitation.
pub async fn get_invitation(ctx: &Ctx, id: InvitationId) -> Result<Invitation> {
    ctx.authorize(Permission::MemberManage).await?;
    let row = repo::find(ctx, id).await?;
    Invitation::of(row.ok_or(InvitationError::NotFound)?, ctx.clock().now())
}

/// Creates an invitation for anybody who has the link or, with `email`, only for the account with
/// that address. Returns the link's token, which is not stored.
pub async fn create_invitation(
    ctx: &Ctx,
    role: Role,
    email: Option<&str>,
) -> Result<(Invitation, String)> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let email = email.map(|email| text::email("email", email)).transpose()?;
    within_own(ctx, role).await?;
    ctx.require_fresh_proof_for(role)?;
    let (now, token) = (ctx.clock().now(), secret::new(secret::INVITATION));
    let row = entity::Model {
        id: InvitationId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        role: role.as_str().to_owned(),
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
    let tx = ctx.begin().await?;
    if repo::count_open(&tx, ctx, now).await? >= MOST_OPEN {
        return Err(InvitationError::TooMany.into());
    }
    repo::insert(&tx, &row).await?;
    let detail = json!({ "role": row.role, "email": row.email });
    note(&tx, ctx, "invitation.create", &row, detail).await?;
    tx.commit().await?;
    Ok((Invitation::of(row, now)?, token))
}

/// Renews an open or expired invitation: creates a new link and invalidates the old one. Returns
/// the new token.
pub async fn renew_invitation(ctx: &Ctx, id: InvitationId) -> Result<(Invitation, String)> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(InvitationError::NotFound)?;
    let invitation = Invitation::of(old.clone(), ctx.clock().now())?;
    within_own(ctx, invitation.role).await?;
    ctx.require_fresh_proof_for(invitation.role)?;
    let (now, token) = (ctx.clock().now(), secret::new(secret::INVITATION));
    let row = entity::Model {
        token_hash: secret::hash(&token).to_vec(),
        created_by: inviter(ctx)?,
        created_by_name: ctx.actor.name.to_string(),
        expires_at: now + LASTS,
        ..old
    };
    let tx = ctx.begin().await?;
    if !repo::renew(&tx, &row).await? {
        return Err(closed(ctx, id).await?.into());
    }
    note(&tx, ctx, "invitation.renew", &row, json!({})).await?;
    tx.commit().await?;
    Ok((Invitation::of(row, now)?, token))
}

/// Revokes an invitation. Its link is invalid at once. Revoking it again changes nothing.
pub async fn revoke_invitation(ctx: &Ctx, id: InvitationId) -> Result<Invitation> {
    ctx.authorize_person(Permission::MemberManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(InvitationError::NotFound)?;
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    if !repo::revoke(&tx, ctx.org, id, now).await? {
        return match closed(ctx, id).await? {
            InvitationError::Closed(REVOKED) => get_invitation(ctx, id).await,
            closed => Err(closed.into()),
        };
    }
    note(&tx, ctx, "invitation.revoke", &row, json!({})).await?;
    tx.commit().await?;
    let row = entity::Model {
        revoked_at: Some(now),
        ..row
    };
    Invitation::of(row, now)
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

/// Refuses a role with permissions that the caller does not have.
async fn within_own(ctx: &Ctx, role: Role) -> Result<()> {
    if role.exceeds(ctx.rights.permissions) {
        return Err(ctx
            .refuse_role(
                Permission::MemberManage,
                "role",
                role,
                ctx.rights.permissions,
            )
            .await);
    }
    Ok(())
}

fn inviter(ctx: &Ctx) -> Result<Uuid> {
    users::person(ctx)
}

async fn note(
    tx: &crate::Tx,
    ctx: &Ctx,
    action: &str,
    row: &entity::Model,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry::new(action, "invitation", InvitationId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}
