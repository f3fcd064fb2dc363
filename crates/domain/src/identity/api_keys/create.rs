//! Creating an API key.

use serde_json::json;
use types::{ApiKeyId, ServiceAccountId};

use super::{ApiKey, ApiKeyError, KeyLimits, entity, format, repo};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet, Role},
    audit::{self, Entry},
    error::Result,
    identity::{secret, users},
    organizations::OwnRights,
    service_accounts, text,
};

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

    /// The field that names them.
    const fn field(self) -> &'static str {
        match self {
            KeyGrant::Role(_) => "role",
            KeyGrant::Permissions(_) => "permissions",
        }
    }
}

/// What a creator decides about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTerms {
    /// Its permissions.
    pub grant: KeyGrant,
    /// Its limits.
    pub limits: KeyLimits,
    /// The service account that holds it; `None`: the caller.
    pub service_account: Option<ServiceAccountId>,
}

/// A key without limits.
impl From<Role> for KeyTerms {
    fn from(role: Role) -> Self {
        let limits = KeyLimits::default();
        Self {
            grant: KeyGrant::Role(role),
            limits,
            service_account: None,
        }
    }
}

/// A key without limits.
impl From<PermissionSet> for KeyTerms {
    fn from(permissions: PermissionSet) -> Self {
        let limits = KeyLimits::default();
        Self {
            grant: KeyGrant::Permissions(permissions),
            limits,
            service_account: None,
        }
    }
}

/// Creates a key and returns its secret, which is not stored. The key cannot have permissions that
/// its creator or its service account lacks.
pub async fn create_api_key(
    ctx: &Ctx,
    name: &str,
    terms: impl Into<KeyTerms>,
) -> Result<(ApiKey, String)> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let name = text::line("name", name, 100)?;
    let KeyTerms {
        grant,
        limits,
        service_account,
    } = terms.into();
    limits.check(ctx.clock().now())?;
    let permissions = grant.permissions();
    let (needed, field) = (Permission::ApiKeyWrite, grant.field());
    ctx.require_own(needed, field, "the key", permissions)
        .await?;
    if let Some(account) = service_account {
        ctx.authorize(Permission::ServiceAccountManage).await?;
        let (account, rights) = service_accounts::with_rights(ctx, account).await?;
        // Where the account has a permission by a grant only, the key has it only there, too.
        let more = permissions.without(rights.all());
        if account.disabled_at.is_some() || !more.is_empty() {
            return Err(ApiKeyError::NotOfAccount(account.name, more).into());
        }
    }
    let (row, key) = new_row(ctx, name, grant, &limits, service_account)?;
    let change = OwnRights::lock(ctx, needed).await?;
    // A key of the caller ends with what the caller has, and one of a service account does not.
    let change = match service_account {
        Some(_) => change.gives(ctx, field, "the key", permissions).await?,
        None => change.covers(ctx, field, "the key", permissions).await?,
    };
    let tx = change.tx;
    write(&tx, ctx, &row).await?;
    tx.commit().await?;
    Ok((row.try_into()?, key))
}

/// A new key of the caller: its row and its secret.
pub(super) fn new_row(
    ctx: &Ctx,
    name: String,
    grant: KeyGrant,
    limits: &KeyLimits,
    service_account: Option<ServiceAccountId>,
) -> Result<(entity::Model, String)> {
    let (role, permissions) = match grant {
        KeyGrant::Role(role) => (Some(role.as_str().to_owned()), None),
        KeyGrant::Permissions(permissions) => (None, Some(permissions.to_string())),
    };
    let key = format::new();
    let row = entity::Model {
        id: ApiKeyId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        name,
        role,
        permissions,
        token_hash: secret::hash(&key).to_vec(),
        prefix: key[..format::SHOWN].to_owned(),
        created_by: users::person(ctx)?,
        service_account_id: service_account.map(|account| account.0),
        created_at: ctx.clock().now(),
        expires_at: limits.expires_at,
        allowed_networks: limits.networks.to_stored(),
        last_used_at: None,
        last_used_from: None,
        replaced_by: None,
        revoked_at: None,
    };
    Ok((row, key))
}

/// Writes a new key and its audit row.
pub(super) async fn write(tx: &Tx, ctx: &Ctx, row: &entity::Model) -> Result<()> {
    repo::insert(tx, row).await?;
    let detail = json!({ "name": row.name, "role": row.role, "permissions": row.permissions,
        "prefix": row.prefix, "serviceAccount": row.service_account_id.map(ServiceAccountId),
        "expiresAt": row.expires_at, "networks": row.allowed_networks });
    let entry = Entry::new("api_key.create", "api_key", ApiKeyId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}
