//! API keys, with which programs authenticate.

mod create;
pub mod entity;
mod error;
mod format;
mod limits;
mod networks;
mod repo;
mod rotate;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use types::{ApiKeyId, OrgId, ServiceAccountId, UserId};
use uuid::Uuid;

pub use create::{KeyGrant, KeyTerms, create_api_key};
pub use error::ApiKeyError;
pub(super) use format::{is_plausible, is_plausible_with, new_with};
pub use limits::KeyLimits;
pub(super) use limits::refuse_address;
pub use networks::Networks;
pub(super) use repo::by_id as key_of;
pub use rotate::{Rotated, rotate_api_key};

use super::Principal;
use crate::{
    App, Ctx, Tx,
    access::{Permission, PermissionSet, Role, stored},
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::Right,
};

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// The display name.
    pub name: String,
    /// The role whose permissions it has; `None` if it has its own list.
    pub role: Option<Role>,
    /// The key's own permissions, without those of grants to it. In use it has only those that its
    /// holder also has.
    pub permissions: PermissionSet,
    /// The person who created it, and holds it unless a service account does.
    pub created_by: UserId,
    /// The service account that holds it; `None`: the person who created it.
    pub service_account: Option<ServiceAccountId>,
    /// The first characters of the secret.
    pub prefix: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its expiry, and the networks from which it may be used.
    pub limits: KeyLimits,
    /// When it was last used, accurate to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The IP address that last used it, if known.
    pub last_used_from: Option<String>,
    /// The key that replaces it, after a rotation.
    pub replaced_by: Option<ApiKeyId>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for ApiKey {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let (role, permissions) = stored::of_key(row.role.as_deref(), row.permissions.as_deref())?;
        Ok(Self {
            id: ApiKeyId(row.id),
            name: row.name,
            role,
            permissions,
            created_by: UserId(row.created_by),
            service_account: row.service_account_id.map(ServiceAccountId),
            prefix: row.prefix,
            created_at: row.created_at,
            limits: KeyLimits {
                expires_at: row.expires_at,
                networks: Networks::stored(row.allowed_networks.as_deref())?,
            },
            last_used_at: row.last_used_at,
            last_used_from: row.last_used_from,
            replaced_by: row.replaced_by.map(ApiKeyId),
            revoked_at: row.revoked_at,
        })
    }
}

/// The organization's keys, newest first, including revoked ones; at most 1,000.
pub async fn list_api_keys(ctx: &Ctx) -> Result<Vec<ApiKey>> {
    ctx.authorize(Permission::ApiKeyRead).await?;
    let rows = repo::list(ctx).await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// One key.
pub async fn get_api_key(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorize(Permission::ApiKeyRead).await?;
    find(ctx, id).await
}

/// Revokes a key, with immediate effect in every process, and withdraws the grants to it. Revoking it
/// again changes nothing. Whoever created the key can always revoke it; others need what rotating it
/// needs.
pub async fn revoke_api_key(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let mut key = find(ctx, id).await?;
    if Some(key.created_by.0) != ctx.actor.id {
        rotate::require_change(ctx, &key, ctx.rights.permissions, "revoke").await?;
    }
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    repo::revoke(&tx, ctx.org, id, now).await?;
    audit::write(&tx, ctx, Entry::new("api_key.revoke", "api_key", id)).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::ApiKey(id.0));
    key.revoked_at = Some(now);
    Ok(key)
}

/// Refuses to change a key with permissions that are not among the caller's `own`.
async fn within_own(
    ctx: &Ctx,
    (permissions, own): (PermissionSet, PermissionSet),
    change: &str,
) -> Result<()> {
    let more = permissions.without(own);
    if more.is_empty() {
        return Ok(());
    }
    let message = format!(
        "The key has permissions that you do not have ({more}); ask somebody who has them to \
         {change} it"
    );
    Err(ctx.refuse(Permission::ApiKeyWrite, message).await)
}

/// Keeps a key from being revoked and from being rotated until the transaction ends.
///
/// # Errors
/// `CONFLICT` for a key that was revoked or replaced, or has expired.
pub(crate) async fn keep_api_key(tx: &Tx, ctx: &Ctx, id: ApiKeyId) -> Result<()> {
    let row = repo::kept(tx, ctx.org, id).await?;
    let key = ApiKey::try_from(row.ok_or(ApiKeyError::NotFound)?)?;
    key.still_valid(ctx.clock().now())
}

/// The unrevoked keys that a person created in an organization.
pub(crate) async fn of_creator(tx: &Tx, org: OrgId, user: UserId) -> Result<Vec<ApiKeyId>> {
    let keys = repo::of_creator(tx, org, user.0).await?;
    Ok(keys.into_iter().map(ApiKeyId).collect())
}

/// Revokes the keys that a person created in the context's organization, in the caller's
/// transaction. Returns them, so that the caller can drop their cached rights after the commit.
pub(crate) async fn revoke_of_creator(tx: &Tx, ctx: &Ctx, user: UserId) -> Result<Vec<ApiKeyId>> {
    let keys = of_creator(tx, ctx.org, user).await?;
    for key in &keys {
        repo::revoke(tx, ctx.org, *key, ctx.clock().now()).await?;
        audit::write(tx, ctx, Entry::new("api_key.revoke", "api_key", key)).await?;
    }
    Ok(keys)
}

/// Revokes the keys that `who` created in an organization since a time, in the caller's
/// transaction. Returns them, so that the caller can drop their cached rights after the commit.
pub(super) async fn revoke_since(
    tx: &Tx,
    app: &App,
    org: OrgId,
    (who, user, request_id): (&Actor, Uuid, &str),
    since: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let times = (since, app.clock().now());
    let keys = repo::revoke_since(tx, org, user, times).await?;
    for key in &keys {
        let entry = Entry::new("api_key.revoke", "api_key", ApiKeyId(*key));
        audit::write_raw(tx, app.clock(), org, who, request_id, entry).await?;
    }
    Ok(keys)
}

async fn find(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    let row = repo::find(ctx, id).await?;
    row.ok_or(ApiKeyError::NotFound)?.try_into()
}

/// The principal of the key with this hash; `None` if there is none, it was revoked, or its creator
/// left the organization. Its limits are checked by the caller, at each request.
pub(super) async fn principal(
    app: &App,
    hash: &[u8; 32],
    from: Option<IpAddr>,
) -> Result<Option<Principal>> {
    let now = app.clock().now();
    let Some(row) = repo::by_hash(app, hash).await? else {
        return Ok(None);
    };
    let limits = row.limits()?;
    if !limits.expired(now) && limits.networks.allow(from) {
        note_use(app, &row, now, from).await?;
    }
    let rights = row.rights();
    Ok(Some(Principal {
        actor: Actor::new(ActorKind::ApiKey, row.id, row.actor_name()),
        session: None,
        proved_at: None,
        limited: false,
        limits,
        tied: Vec::new(),
        memberships: vec![(OrgId(row.org_id), rights)],
        closed: Vec::new(),
    }))
}

/// Records the use of a key, at most once a minute for one address.
async fn note_use(
    app: &App,
    row: &repo::KeyRow,
    now: DateTime<Utc>,
    from: Option<IpAddr>,
) -> Result<()> {
    let from = from.map(|address| address.to_canonical().to_string());
    let recent = row
        .last_used_at
        .is_some_and(|at| now - at <= Duration::minutes(1));
    if recent && row.last_used_from == from {
        return Ok(());
    }
    let org = OrgId(row.org_id);
    let tx = app.db().begin(&[org]).await?;
    repo::used(&tx, org, row.id, now, from).await?;
    tx.commit().await?;
    Ok(())
}
