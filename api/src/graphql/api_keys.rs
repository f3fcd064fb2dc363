//! API keys for programs.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{caller, cost, enums::Role, ids};
use crate::error::ApiError;

/// A key for programs, without its secret.
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

    /// What it may do, unless its maker may less.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The first characters of the secret, to tell keys apart.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// About when it was used last.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// What is asked about keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// The organization's keys, the newest first, revoked ones too.
    #[graphql(complexity = "cost::STATEMENT + cost::times(50, child_complexity)")]
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Vec<ApiKey>, ApiError> {
        let keys = identity::list_api_keys(caller(ctx)?).await?;
        Ok(keys.into_iter().map(ApiKey).collect())
    }
}

/// A new key.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    name: String,
    role: Role,
}

/// The new key. The secret is shown here and never again.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    api_key: ApiKey,
    secret: String,
}

/// Which key.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    id: ID,
}

/// The key as it is now.
#[derive(SimpleObject)]
pub struct RevokeApiKeyPayload {
    api_key: ApiKey,
}

/// Changes of keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload, ApiError> {
        let (key, secret) =
            identity::create_api_key(caller(ctx)?, &input.name, input.role.into()).await?;
        Ok(CreateApiKeyPayload {
            api_key: ApiKey(key),
            secret,
        })
    }

    /// Ends a key at once, everywhere.
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
