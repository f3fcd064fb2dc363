//! Tokens with which identity providers provision people. They belong to the organization: they stay
//! when the person leaves who created them.

pub mod entity;
mod repo;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{OrgId, ScimTokenId};

use super::{Provisioner, ScimUseError};
use crate::{
    App, Ctx,
    access::{Permission, PermissionSet, Rights, Role},
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::Result,
    expiry,
    identity::{Source, api_keys, passwords, secret, users},
    organizations::OwnRights,
    text,
};

/// The prefix of a token.
const PREFIX: &str = secret::PROVISIONING;

/// How many characters of a token are stored and shown, to tell tokens apart.
const SHOWN: usize = PREFIX.len() + 6;

/// The largest number of tokens that were not revoked.
pub const MOST: u64 = 20;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimToken {
    /// The token's id.
    pub id: ScimTokenId,
    /// The display name.
    pub name: String,
    /// The first characters of the secret.
    pub prefix: String,
    /// Whether it may end the membership of owners.
    pub removes_owners: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, accurate to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<entity::Model> for ScimToken {
    fn from(row: entity::Model) -> Self {
        Self {
            id: ScimTokenId(row.id),
            name: row.name,
            prefix: row.prefix,
            removes_owners: row.removes_owners,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A new token.
#[derive(Clone, Debug, Default)]
pub struct NewScimToken {
    /// The display name.
    pub name: String,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The organization's tokens, newest first, including revoked ones; at most 100.
pub async fn list_scim_tokens(ctx: &Ctx) -> Result<Vec<ScimToken>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::list(ctx).await?;
    Ok(rows.into_iter().map(ScimToken::from).collect())
}

/// Creates a token and returns its secret, which is not stored.
pub async fn create_scim_token(ctx: &Ctx, new: NewScimToken) -> Result<(ScimToken, String)> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    let name = text::line("name", &new.name, 100)?;
    let now = ctx.clock().now();
    expiry::check(new.expires_at, now)?;
    // A token adds and removes members up to the role admin, so its creator could do the same.
    let what = "a token, which manages members up to the role admin";
    let change = OwnRights::lock(ctx, Permission::SsoManage).await?;
    let change = change.gives(ctx, "name", what, Role::Admin.permissions());
    // The token stays when a grant to its creator ends.
    let OwnRights { tx, lasting, .. } = change.await?;
    let secret_text = api_keys::new_with(PREFIX);
    let row = entity::Model {
        id: ScimTokenId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        name,
        token_hash: secret::hash(&secret_text).to_vec(),
        prefix: secret_text[..SHOWN].to_owned(),
        removes_owners: lasting.has(Permission::OrganizationTransfer),
        created_by: users::person(ctx)?,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    if repo::count(&tx, ctx).await? >= MOST {
        return Err(ScimUseError::TooMany(MOST, "tokens").into());
    }
    repo::insert(&tx, &row).await?;
    let detail = json!({ "name": row.name, "prefix": row.prefix, "expiresAt": row.expires_at,
        "removesOwners": row.removes_owners });
    let entry = Entry::new("scim_token.create", "scim_token", ScimTokenId(row.id));
    audit::write(&tx, ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    Ok((row.into(), secret_text))
}

/// Revokes a token, with immediate effect. Revoking it again changes nothing.
pub async fn revoke_scim_token(ctx: &Ctx, id: ScimTokenId) -> Result<ScimToken> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    let row = repo::find(ctx, id).await?;
    let mut token = ScimToken::from(row.ok_or(ScimUseError::NoToken)?);
    if token.revoked_at.is_some() {
        return Ok(token);
    }
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    repo::revoke(&tx, ctx.org, id, now).await?;
    let entry = Entry::new("scim_token.revoke", "scim_token", id);
    audit::write(&tx, ctx, entry.detail(json!({ "name": token.name }))).await?;
    tx.commit().await?;
    token.revoked_at = Some(now);
    Ok(token)
}

/// The identity provider with this token.
///
/// # Errors
/// `UNAUTHENTICATED` for every token that is not valid, `RATE_LIMITED` for one that is used too often,
/// and after many wrong ones from one address.
pub async fn authenticate(app: &App, token: Option<&str>, source: Source) -> Result<Provisioner> {
    let now = app.clock().now();
    let plausible = token.filter(|token| api_keys::is_plausible_with(token, PREFIX));
    let found = match plausible {
        Some(token) => repo::by_hash(app, &secret::hash(token)).await?,
        None => None,
    };
    let row = found.filter(|row| row.expires_at.is_none_or(|at| at > now));
    let Some(row) = row else {
        if token.is_some() {
            passwords::guessing(app).link(source.address)?;
        }
        return Err(ScimUseError::Unauthenticated.into());
    };
    let counted = passwords::guessing(app).provisioning(row.id);
    counted.map_err(|_| ScimUseError::TooManyRequests)?;
    let org = OrgId(row.org_id);
    if row
        .last_used_at
        .is_none_or(|at| now - at > Duration::minutes(1))
    {
        let tx = app.db().begin(&[org]).await?;
        repo::used(&tx, org, row.id, now).await?;
        tx.commit().await?;
    }
    let ctx = Ctx {
        app: app.clone(),
        actor: Actor::new(ActorKind::ScimToken, row.id, row.name),
        session: None,
        proved_at: None,
        limited: false,
        org,
        rights: Rights::from(PermissionSet::NONE),
        request_id: source.request_id,
    };
    Ok(Provisioner {
        ctx,
        token: ScimTokenId(row.id),
        removes_owners: row.removes_owners,
    })
}
