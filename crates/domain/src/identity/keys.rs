//! API keys for programs.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use types::ApiKeyId;

use super::{IdentityError, api_key, sessions, token};
use crate::{
    Ctx,
    access::{Permission, PermissionSet, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    tenancy::OrgEntity,
    text,
};

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What others see.
    pub name: String,
    /// The role whose permissions it has; absent: it has a list of its own.
    pub role: Option<Role>,
    /// What it may do, unless its maker may less.
    pub permissions: PermissionSet,
    /// The first characters of the secret.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// About when it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<api_key::Model> for ApiKey {
    type Error = AppError;

    fn try_from(row: api_key::Model) -> Result<Self> {
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

/// What a key may do, as its maker says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyGrant {
    /// What the role may do, also what later releases add to it.
    Role(Role),
    /// Exactly this.
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

/// The organization's keys, the newest first, revoked ones too.
pub async fn list_api_keys(ctx: &Ctx) -> Result<Vec<ApiKey>> {
    ctx.authorize(Permission::ApiKeyRead).await?;
    let select = api_key::Entity::in_org(ctx)
        .order_by_desc(api_key::Column::Id)
        .limit(1_000);
    let rows = ctx.all(select).await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// One key.
pub async fn get_api_key(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorize(Permission::ApiKeyRead).await?;
    find(ctx, id).await
}

/// Makes a key; its secret is in the answer and nowhere else. It may do at most what its maker
/// may.
pub async fn create_api_key(
    ctx: &Ctx,
    name: &str,
    grant: impl Into<KeyGrant>,
) -> Result<(ApiKey, String)> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    let name = text::line("name", name, 100)?;
    let grant = grant.into();
    let permissions = grant.permissions();
    let more = permissions.without(ctx.rights.permissions);
    if !more.is_empty() {
        return Err(IdentityError::MoreThanOwn(more).into());
    }
    let (role, list) = match grant {
        KeyGrant::Role(role) => (Some(role), None),
        KeyGrant::Permissions(permissions) => (None, Some(permissions.to_string())),
    };
    let (id, now, secret) = (
        ApiKeyId::new(ctx.clock()),
        ctx.clock().now(),
        token::new(token::API_KEY),
    );
    let prefix = secret[..token::API_KEY.len() + 6].to_owned();
    let tx = ctx.begin().await?;
    tx.execute(
        "INSERT INTO api_keys (id, org_id, name, role, permissions, token_hash, prefix, created_by, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            id.0.into(),
            ctx.org.0.into(),
            name.as_str().into(),
            role.map(Role::as_str).into(),
            list.clone().into(),
            token::hash(&secret).to_vec().into(),
            prefix.as_str().into(),
            ctx.actor.id.into(),
            now.into(),
        ],
    )
    .await?;
    let detail = json!({ "name": name, "role": role.map(Role::as_str), "permissions": list,
        "prefix": prefix });
    audit::write(
        &tx,
        ctx,
        Entry::new("api_key.create", "api_key", id).detail(detail),
    )
    .await?;
    tx.commit().await?;
    let key = ApiKey {
        id,
        name,
        role,
        permissions,
        prefix,
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    Ok((key, secret))
}

/// Ends a key at once, everywhere. Ending it again changes nothing.
pub async fn revoke_api_key(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    let mut key = find(ctx, id).await?;
    let more = key.permissions.without(ctx.rights.permissions);
    if !more.is_empty() {
        let message =
            format!("The key may do what you may not ({more}); ask somebody who may to revoke it");
        ctx.refuse(Permission::ApiKeyWrite, message).await?;
    }
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    tx.execute(
        "UPDATE api_keys SET revoked_at = $1 WHERE org_id = $2 AND id = $3 AND revoked_at IS NULL",
        [now.into(), ctx.org.0.into(), id.0.into()],
    )
    .await?;
    audit::write(&tx, ctx, Entry::new("api_key.revoke", "api_key", id)).await?;
    tx.commit().await?;
    sessions::forget(&ctx.app, Right::ApiKey(id.0));
    key.revoked_at = Some(now);
    Ok(key)
}

async fn find(ctx: &Ctx, id: ApiKeyId) -> Result<ApiKey> {
    let select = api_key::Entity::in_org(ctx).filter(api_key::Column::Id.eq(id.0));
    let row = ctx.one(select).await?;
    row.ok_or_else(|| AppError::not_found("API key"))?
        .try_into()
}
