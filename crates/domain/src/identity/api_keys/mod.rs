//! API keys, with which programs authenticate.

pub mod entity;
mod error;
mod repo;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{ApiKeyId, OrgId, UserId};

pub use error::ApiKeyError;
pub(super) use repo::by_id as key_of;

use super::{Principal, secret};
use crate::{
    App, Ctx, Tx,
    access::{Permission, PermissionSet, Role, stored},
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::Right,
    text,
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
    /// The key's own permissions. In use it has only those that its creator also has.
    pub permissions: PermissionSet,
    /// The first characters of the secret.
    pub prefix: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last used, accurate to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for ApiKey {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let rights = stored::of_key(row.role.as_deref(), row.permissions.as_deref())?;
        Ok(Self {
            id: ApiKeyId(row.id),
            name: row.name,
            role: rights.role,
            permissions: rights.permissions,
            prefix: row.prefix,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// The permissions that a creator gives a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyGrant {
    /// The permissions of the role, including those that later releases add to it.
    Role(Role),
    /// Exactly these permissions.
    Permissions(PermissionSet),
}

impl KeyGrant {
    fn permissions(self) -> PermissionSet {
        match self {
            KeyGrant::Role(role) => role.permissions(),
            KeyGrant::Permissions(permissions) => permissions,
        }
    }
}

impl From<Role> for KeyGrant {
    fn from(role: Role) -> Self {
        Self::Role(role)
    }
}

impl From<PermissionSet> for KeyGrant {
    fn from(permissions: PermissionSet) -> Self {
        Self::Permissions(permissions)
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

/// Creates a key and returns its secret, which is not stored. The key cannot have permissions that
/// its creator lacks.
pub async fn create_api_key(
    ctx: &Ctx,
    name: &str,
    grant: impl Into<KeyGrant>,
) -> Result<(ApiKey, String)> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let name = text::line("name", name, 100)?;
    let grant = grant.into();
    let permissions = grant.permissions();
    let more = permissions.without(ctx.rights.permissions);
    if !more.is_empty() {
        return Err(ApiKeyError::MoreThanOwn(more).into());
    }
    let (role, list) = match grant {
        KeyGrant::Role(role) => (Some(role), None),
        KeyGrant::Permissions(permissions) => (None, Some(permissions.to_string())),
    };
    let maker = ctx.actor.id.ok_or_else(|| AppError::not_found("user"))?;
    let (id, key) = (ApiKeyId::new(ctx.clock()), secret::new(secret::API_KEY));
    let prefix = key[..secret::API_KEY.len() + 6].to_owned();
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        name: name.clone(),
        role: role.map(|role| role.as_str().to_owned()),
        permissions: list.clone(),
        token_hash: secret::hash(&key).to_vec(),
        prefix: prefix.clone(),
        created_by: maker,
        created_at: ctx.clock().now(),
        last_used_at: None,
        revoked_at: None,
    };
    let tx = ctx.begin().await?;
    repo::insert(&tx, &row).await?;
    let detail = json!({ "name": name, "role": role.map(Role::as_str), "permissions": list,
        "prefix": prefix });
    audit::write(
        &tx,
        ctx,
        Entry::new("api_key.create", "api_key", id).detail(detail),
    )
    .await?;
    tx.commit().await?;
    Ok((row.try_into()?, key))
}

/// Revokes a key, with immediate effect in every process. Revoking it again changes nothing.
pub async fn revoke_api_key(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let mut key = find(ctx, id).await?;
    let more = key.permissions.without(ctx.rights.permissions);
    if !more.is_empty() {
        let message = format!(
            "The key has permissions that you do not have ({more}); ask somebody who has them to \
             revoke it"
        );
        ctx.refuse(Permission::ApiKeyWrite, message).await?;
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

async fn find(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    let row = repo::find(ctx, id).await?;
    row.ok_or(ApiKeyError::NotFound)?.try_into()
}

/// The principal of the key with this hash; `None` if there is none, it was revoked, or its creator
/// left the organization.
pub(super) async fn principal(app: &App, hash: &[u8; 32]) -> Result<Option<Principal>> {
    let now = app.clock().now();
    let Some(row) = repo::by_hash(app, hash).await? else {
        return Ok(None);
    };
    let org = OrgId(row.org_id);
    if row
        .last_used_at
        .is_none_or(|at| now - at > Duration::minutes(1))
    {
        let tx = app.db().begin(&[org]).await?;
        repo::used(&tx, org, row.id, now).await?;
        tx.commit().await?;
    }
    let rights = row.rights();
    Ok(Some(Principal {
        actor: Actor {
            kind: ActorKind::ApiKey,
            id: Some(row.id),
            name: row.name.into(),
        },
        session: None,
        proved_at: None,
        memberships: vec![(org, rights)],
    }))
}
