//! Rotation: a new key with the same terms takes the place of an old one, and for a while both are
//! valid.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::ApiKeyId;

use super::{
    ApiKey, ApiKeyError, KeyGrant, KeyLimits,
    create::{new_row, write},
    find, repo, within_own,
};
use crate::{
    Ctx,
    access::{Permission, PermissionSet, Rights},
    audit::{self, Entry},
    error::Result,
    expiry,
    identity::overlap,
    live::Right,
    organizations::{self, OwnRights},
};

/// A finished rotation.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The new key.
    pub key: ApiKey,
    /// The new key's secret, which is not stored.
    pub secret: String,
    /// The old key, which expires at the end of the overlap.
    pub replaced: ApiKey,
}

/// Replaces a key by a new one with the same name, permissions, grants, networks and lifetime. The old
/// key stays valid for `overlap` (a day by default; zero ends it at once), but not beyond its own
/// expiry.
///
/// # Errors
/// `CONFLICT` for a key that was revoked or replaced, or has expired.
pub async fn rotate_api_key(ctx: &Ctx, id: ApiKeyId, overlap: Option<Duration>) -> Result<Rotated> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let overlap = overlap::chosen(overlap)?;
    let mut old = find(ctx, id).await?;
    // The caller gets the new secret, and with the key of somebody else what its holder has.
    let own = match is_own(ctx, &old) {
        true => ctx.rights.permissions,
        false => organizations::lasting(ctx).await?,
    };
    require_change(ctx, &old, own, "rotate").await?;
    let now = ctx.clock().now();
    old.still_valid(now)?;

    let grant = match old.role {
        Some(role) => KeyGrant::Role(role),
        None => KeyGrant::Permissions(old.permissions),
    };
    let lifetime = old.limits.expires_at.map(|at| at - old.created_at);
    let limits = KeyLimits {
        expires_at: lifetime.map(|lifetime| expiry::after(now, lifetime)),
        networks: old.limits.networks.clone(),
    };
    let (row, secret) = new_row(ctx, old.name.clone(), grant, &limits, old.service_account)?;
    let new = ApiKeyId(row.id);
    let until = now + overlap;
    let until = old.limits.expires_at.map_or(until, |at| at.min(until));
    let tx = OwnRights::lock(ctx, Permission::ApiKeyWrite).await?.tx;
    if !repo::replace(&tx, ctx.org, id, new, until).await? {
        return Err(ApiKeyError::Ended("revoked or replaced").into());
    }
    write(&tx, ctx, &row).await?;
    let grants = organizations::carry_grants(&tx, ctx, id.0, new.0).await?;
    let detail = json!({ "replacedBy": new.to_string(), "expiresAt": until, "grants": grants });
    let entry = Entry::new("api_key.rotate", "api_key", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::ApiKey(id.0));
    old.limits.expires_at = Some(until);
    old.replaced_by = Some(new);
    Ok(Rotated {
        key: row.try_into()?,
        secret,
        replaced: old,
    })
}

/// Whether the caller holds the key.
fn is_own(ctx: &Ctx, key: &ApiKey) -> bool {
    key.service_account.is_none() && Some(key.created_by.0) == ctx.actor.id
}

/// Refuses to change a key to whoever may not manage service accounts, if it belongs to one, or lacks what
/// the key has: `own` is what the caller has.
pub(super) async fn require_change(
    ctx: &Ctx,
    key: &ApiKey,
    own: PermissionSet,
    change: &str,
) -> Result<()> {
    if key.service_account.is_some() {
        ctx.authorize(Permission::ServiceAccountManage).await?;
    }
    let granted = granted(ctx, key).await?;
    within_own(ctx, (key.permissions.or(granted), own), change).await
}

/// What grants give to the key and whoever rotates it must have: nothing for the caller's own key,
/// which gets no more than the caller has.
async fn granted(ctx: &Ctx, key: &ApiKey) -> Result<PermissionSet> {
    let mut rights = Rights::from(PermissionSet::NONE);
    if !is_own(ctx, key) {
        let tx = ctx.begin().await?;
        organizations::add_grants(&tx, ctx, key.id.0, &mut rights).await?;
        tx.rollback().await?;
    }
    Ok(rights.all())
}

impl ApiKey {
    /// Refuses a key that was revoked or replaced, or has expired.
    pub(super) fn still_valid(&self, now: DateTime<Utc>) -> Result<()> {
        let ended = if self.revoked_at.is_some() {
            "revoked"
        } else if self.replaced_by.is_some() {
            "replaced"
        } else if self.limits.expired(now) {
            return Err(ApiKeyError::Expired.into());
        } else {
            return Ok(());
        };
        Err(ApiKeyError::Ended(ended).into())
    }
}
