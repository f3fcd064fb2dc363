//! The end of a membership: the one place that takes away what a person has in an organization.
//!
//! Requests, sessions and WebSockets of the person end when their rights are dropped, in every
//! process (see [`super::auth_cache`]). Pipelines and runs stay.

use serde_json::json;
use types::{ApiKeyId, UserId};

use super::{api_keys, oauth, sessions};
use crate::{
    Ctx, Tx,
    access::AssignedRole,
    audit::{self, Entry},
    error::Result,
    live::Right,
    organizations,
};

/// Ends a membership in the caller's transaction, in which nobody else changes memberships: with the
/// person's API keys, the applications that they allowed, grants, places in teams, and the sessions
/// that reach nothing else. The caller has checked that an owner remains. Returns the revoked keys,
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
    sessions::end_limited(tx, ctx.org, Some(member.0), ctx.clock().now()).await?;
    let detail = json!({ "role": role.to_string(), "revokedKeys": keys.len(),
        "revokedApplications": grants });
    audit::write(tx, ctx, Entry::new(action, "user", member).detail(detail)).await?;
    Ok(keys)
}

/// Drops the cached rights of the person and of their keys in every process, after the commit.
pub(crate) fn forget(ctx: &Ctx, user: UserId, keys: &[ApiKeyId]) {
    ctx.app.drop_right(Right::User(user.0));
    for key in keys {
        ctx.app.drop_right(Right::ApiKey(key.0));
    }
}
