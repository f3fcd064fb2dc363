//! The end of a membership: the one place that takes away what a person has in an organization.
//!
//! Requests, sessions and WebSockets of the person end when their rights are dropped, in every
//! process (see [`super::auth_cache`]). Pipelines and runs stay.

use serde_json::json;
use types::{ApiKeyId, OrgId, UserId};

use super::{api_keys, oauth, sessions, sso_enforcement};
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    mail, organizations, webhook_endpoints,
};

/// Refuses to end the membership of an owner, or to give them another role, if they are the only one, or
/// the one who can enter without single sign-on. In the transaction, nobody else changes memberships.
///
/// # Errors
/// `last` for the only owner; `CONFLICT`.
pub(crate) async fn require_another_owner(
    tx: &Tx,
    org: OrgId,
    (member, role): (UserId, &AssignedRole),
    last: impl Into<AppError>,
) -> Result<()> {
    if role.built_in() != Some(Role::Owner) {
        return Ok(());
    }
    let owners = organizations::owners(tx, org).await?;
    if owners.iter().all(|owner| *owner == member.0) {
        return Err(last.into());
    }
    sso_enforcement::require_not_break_glass(tx, org, member.0).await
}

/// Ends a membership in the caller's transaction, in which nobody else changes memberships: with the
/// person's API keys, the applications that they allowed, grants, places in teams, the sessions
/// that reach nothing else, and letters that were not delivered yet. The caller has called [`require_another_owner`]. Returns the revoked keys,
/// for [`forget`].
pub(crate) async fn end(
    tx: &Tx,
    ctx: &Ctx,
    member: UserId,
    role: &AssignedRole,
    action: &str,
) -> Result<Vec<ApiKeyId>> {
    let keys = api_keys::revoke_of_creator(tx, ctx, member).await?;
    let grants = oauth::end_in_organization(tx, ctx.org, member.0).await?;
    organizations::remove_member(tx, ctx.org, member.0).await?;
    mail::withdraw_from(tx, ctx, member.0).await?;
    sessions::end_limited(tx, ctx.org, Some(member.0), ctx.clock().now()).await?;
    let detail = json!({ "role": role.to_string(), "revokedKeys": keys.len(),
        "revokedApplications": grants });
    audit::write(tx, ctx, Entry::new(action, "user", member).detail(detail)).await?;
    webhook_endpoints::member_removed(tx, ctx, member, &role.to_string()).await?;
    Ok(keys)
}

/// Drops the cached rights of the person and of their keys in every process, after the commit.
pub(crate) fn forget(ctx: &Ctx, user: UserId, keys: &[ApiKeyId]) {
    ctx.app.drop_right(Right::User(user.0));
    for key in keys {
        ctx.app.drop_right(Right::ApiKey(key.0));
    }
}
