//! The caller's passkeys. Signing in with one is in `http::passkey`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject, Value};
use chrono::{DateTime, Utc};
use domain::{AppError, identity};

use super::{caller, cost, ids, scalars::Json};
use crate::error::ApiError;

/// A passkey of the signed-in person.
#[derive(Description)]
pub struct Passkey(identity::Passkey);

#[Object(use_type_description)]
impl Passkey {
    async fn passkey_id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last proved the person's identity.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }
}

/// Queries for passkeys.
#[derive(Default)]
pub struct PasskeyQuery;

#[Object]
impl PasskeyQuery {
    /// The passkeys of the signed-in person, oldest first; at most 20.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn passkeys(&self, ctx: &Context<'_>) -> Result<Vec<Passkey>, ApiError> {
        let passkeys = identity::list_passkeys(caller(ctx)?).await?;
        Ok(passkeys.into_iter().map(Passkey).collect())
    }

    /// Whether passkeys can be used on this server: people must reach it by a host name.
    async fn passkeys_possible(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        Ok(identity::passkeys_possible(&caller(ctx)?.app))
    }
}

/// A challenge for a new passkey.
#[derive(SimpleObject)]
pub struct BeginPasskeyPayload {
    /// The token for `addPasskey`.
    token: String,
    /// The argument of `navigator.credentials.create`, with bytes as base64url.
    options: Json,
}

/// A new passkey.
#[derive(InputObject)]
pub struct AddPasskeyInput {
    /// The token of `beginPasskey`.
    token: String,
    name: String,
    /// The result of `navigator.credentials.create`, with bytes as base64url.
    credential: Json,
}

/// The added passkey.
#[derive(SimpleObject)]
pub struct AddPasskeyPayload {
    passkey: Passkey,
}

/// The passkey to remove.
#[derive(InputObject)]
pub struct RemovePasskeyInput {
    passkey_id: ID,
}

/// The id of the removed passkey.
#[derive(SimpleObject)]
pub struct RemovePasskeyPayload {
    removed_passkey_id: ID,
}

/// Mutations of passkeys.
#[derive(Default)]
pub struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// Begins to add a passkey to the caller's account. Requires `profile.update`, and a recent
    /// proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn begin_passkey(&self, ctx: &Context<'_>) -> Result<BeginPasskeyPayload, ApiError> {
        let begun = identity::begin_passkey(caller(ctx)?).await?;
        Ok(BeginPasskeyPayload {
            token: begun.token,
            options: Json(Value::from_json(begun.options).map_err(AppError::internal)?),
        })
    }

    /// Adds the passkey that the authenticator made. Requires `profile.update`, and a recent proof
    /// of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn add_passkey(
        &self,
        ctx: &Context<'_>,
        input: AddPasskeyInput,
    ) -> Result<AddPasskeyPayload, ApiError> {
        let AddPasskeyInput {
            token,
            name,
            credential,
        } = input;
        let credential = credential.0.into_json();
        let credential = credential.map_err(|error| AppError::invalid("credential", error))?;
        let added = identity::add_passkey(caller(ctx)?, &token, &name, credential).await?;
        Ok(AddPasskeyPayload {
            passkey: Passkey(added),
        })
    }

    /// Removes a passkey of the caller. Requires `profile.update`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_passkey(
        &self,
        ctx: &Context<'_>,
        input: RemovePasskeyInput,
    ) -> Result<RemovePasskeyPayload, ApiError> {
        identity::remove_passkey(caller(ctx)?, ids::read(&input.passkey_id)).await?;
        Ok(RemovePasskeyPayload {
            removed_passkey_id: input.passkey_id,
        })
    }
}
