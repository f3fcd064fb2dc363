//! API keys for programs.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Duration, Utc};
use domain::identity;
use types::ErrorCode;

use super::{
    assigned_roles::{names, read_permissions},
    caller, cost,
    enums::Role,
    ids,
};
use crate::error::ApiError;

/// An API key, without its secret.
#[derive(Description)]
pub struct ApiKey(pub identity::ApiKey);

#[Object(use_type_description)]
impl ApiKey {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The role whose permissions the key has; null if it was created with a list of permissions.
    async fn role(&self) -> Option<Role> {
        self.0.role.map(Role::from)
    }

    /// The id of the service account that the key belongs to; null: it belongs to the person who
    /// created it.
    async fn service_account_id(&self) -> Option<ID> {
        self.0.service_account.map(|id| id.to_string().into())
    }

    /// The id of the person who created the key. They hold it, unless it belongs to a service account.
    async fn created_by(&self) -> ID {
        self.0.created_by.to_string().into()
    }

    /// The key's own permissions, without those of grants to it. In use it has only those that its
    /// creator, or its service account, also has.
    async fn permissions(&self) -> Vec<&'static str> {
        names(self.0.permissions)
    }

    /// The first characters of the secret, to tell keys apart.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the key stops working; null if it does not expire.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.limits.expires_at
    }

    /// The addresses and networks (CIDR) from which the key may be used. Empty: from everywhere.
    async fn allowed_networks(&self) -> Vec<String> {
        self.0.limits.networks.texts()
    }

    /// When the key was last used, accurate to about a minute.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// The IP address that last used the key; null if it is not known.
    async fn last_used_from(&self) -> Option<&str> {
        self.0.last_used_from.as_deref()
    }

    /// The id of the key that replaced this one; null if it was not rotated.
    async fn replaced_by(&self) -> Option<ID> {
        self.0.replaced_by.map(|id| id.to_string().into())
    }

    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// Queries for API keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// The organization's API keys, newest first, including revoked ones.
    #[graphql(complexity = "cost::STATEMENT + cost::times(50, child_complexity)")]
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Vec<ApiKey>, ApiError> {
        let keys = identity::list_api_keys(caller(ctx)?).await?;
        Ok(keys.into_iter().map(ApiKey).collect())
    }
}

/// A new API key. Set either `role` or `permissions`, not both.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    name: String,
    role: Option<Role>,
    /// Names of permissions, as in `Viewer.permissions`.
    permissions: Option<Vec<String>>,
    /// The service account that the key belongs to. Without it, the key belongs to the caller. Requires
    /// the permission `service_account.manage`.
    service_account_id: Option<ID>,
    /// When the key stops working, at most ten years away. Without it, the key does not expire.
    expires_at: Option<DateTime<Utc>>,
    /// The only addresses and networks (CIDR, such as `10.0.0.0/8`) from which the key may be used;
    /// at most 50. Without them, it may be used from everywhere.
    allowed_networks: Option<Vec<String>>,
}

impl CreateApiKeyInput {
    fn terms(&self) -> Result<identity::KeyTerms, ApiError> {
        let networks = self.allowed_networks.as_deref().unwrap_or_default();
        Ok(identity::KeyTerms {
            grant: self.grant()?,
            service_account: self.service_account_id.as_ref().map(ids::read),
            limits: identity::KeyLimits {
                expires_at: self.expires_at,
                networks: identity::Networks::read("allowedNetworks", networks)?,
            },
        })
    }

    fn grant(&self) -> Result<identity::KeyGrant, ApiError> {
        match (self.role, &self.permissions) {
            (Some(role), None) => Ok(identity::KeyGrant::Role(role.into())),
            (None, Some(names)) => Ok(identity::KeyGrant::Permissions(read_permissions(names)?)),
            _ => Err(ApiError::new(
                ErrorCode::InvalidInput,
                "role: give either a role or a list of permissions",
            )),
        }
    }
}

/// The new key and its secret. The secret is not returned again.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    api_key: ApiKey,
    secret: String,
}

/// The API key to rotate.
#[derive(InputObject)]
pub struct RotateApiKeyInput {
    id: ID,
    /// For how many seconds the old key stays valid beside the new one: 86400 (a day) by default, at
    /// most 2592000 (30 days). 0 ends it immediately.
    overlap_seconds: Option<i32>,
}

/// The new key, its secret, and the old key. The secret is not returned again.
#[derive(SimpleObject)]
pub struct RotateApiKeyPayload {
    api_key: ApiKey,
    secret: String,
    /// The old key, with the time at which it stops working.
    replaced: ApiKey,
}

/// The API key to revoke.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    id: ID,
}

/// The revoked key.
#[derive(SimpleObject)]
pub struct RevokeApiKeyPayload {
    api_key: ApiKey,
}

/// Mutations of API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Creates an API key. The secret is returned only once, in this response. Requires
    /// `api_key.write`, every permission of the key, for a service account `service_account.manage`,
    /// and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload, ApiError> {
        let (key, secret) =
            identity::create_api_key(caller(ctx)?, &input.name, input.terms()?).await?;
        Ok(CreateApiKeyPayload {
            api_key: ApiKey(key),
            secret,
        })
    }

    /// Replaces an API key by a new one with the same name, permissions, grants, networks and
    /// lifetime. Both work until the overlap ends. Requires `api_key.write`, every permission of the
    /// key, for that of a service account `service_account.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rotate_api_key(
        &self,
        ctx: &Context<'_>,
        input: RotateApiKeyInput,
    ) -> Result<RotateApiKeyPayload, ApiError> {
        let overlap = input.overlap_seconds.map(i64::from).map(Duration::seconds);
        let rotated = identity::rotate_api_key(caller(ctx)?, ids::read(&input.id), overlap).await?;
        Ok(RotateApiKeyPayload {
            api_key: ApiKey(rotated.key),
            secret: rotated.secret,
            replaced: ApiKey(rotated.replaced),
        })
    }

    /// Revokes an API key. It stops working immediately, and the grants to it are withdrawn.
    /// Requires `api_key.write`, every permission of the key, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload, ApiError> {
        let ctx = caller(ctx)?;
        let key = identity::revoke_api_key(ctx, ids::read(&input.id)).await?;
        Ok(RevokeApiKeyPayload {
            api_key: ApiKey(key),
        })
    }
}
