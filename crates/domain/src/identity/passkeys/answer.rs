//! Answers to challenges: signing in, the second step of signing in, a new proof of identity.

use serde::Serialize;
use serde_json::Value as Json;
use types::OrgId;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, DiscoverableAuthentication, Passkey as Key,
    PasskeyAuthentication, PublicKeyCredential,
};

use super::{
    Challenge, PasskeyError, challenge, challenge::Use, entity::passkey::Model, has_any,
    relying_party, repo,
};
use crate::{
    App, Ctx, Tx,
    access::Permission,
    error::{AppError, Result},
    identity::{
        passwords, secret,
        sessions::{self, OpenedBy, Proved, SessionError, SignedIn, Visitor},
        two_factor, users,
    },
    organizations,
};

/// Begins a sign-in without a password. The challenge is for any passkey of this server, so it
/// reveals nothing about accounts.
pub async fn begin_passkey_sign_in(app: &App, visitor: Visitor<'_>) -> Result<Challenge> {
    passwords::guessing(app).link(visitor.address)?;
    let (mut options, state) = relying_party::with(app, |party| {
        party
            .start_discoverable_authentication()
            .map_err(AppError::internal)
    })?;
    // The person clicks a button; the browser is not to wait for a field to be filled in.
    options.mediation = None;
    let token = challenge::keep(app, Use::SignIn, None, &state).await?;
    shown(token, &options)
}

/// Signs in with a passkey. Since it has verified the person, no code is needed.
pub async fn sign_in_by_passkey(
    app: &App,
    token: &str,
    credential: Json,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    passwords::guessing(app).link(visitor.address)?;
    let credential = read(credential)?;
    let state: DiscoverableAuthentication = challenge::take(app, Use::SignIn, None, token).await?;
    let row = repo::by_credential(app, credential.get_credential_id()).await?;
    let row = row.ok_or(PasskeyError::Refused)?;
    let handle = credential.get_user_unique_id();
    if handle != Some(row.user_id.as_bytes().as_slice()) {
        return Err(PasskeyError::Refused.into());
    }
    let key = stored(&row)?;
    let result = relying_party::with(app, |party| {
        party
            .finish_discoverable_authentication_v2(
                &credential,
                state,
                Credential::from(key.clone()),
            )
            .map_err(refused)
    })?;
    let user = users::find(app, row.user_id).await?;
    let user = user.ok_or(PasskeyError::Refused)?;
    let orgs = passwords::organizations_of(app, &user).await?;
    let tx = app.db().begin(&orgs).await?;
    users::lock(&tx, user.id).await?;
    count(&tx, app, &row, key, &result).await?;
    let who = Proved {
        strong: true,
        ..Proved::by("passkey", user.id, &user.name, &orgs)
    };
    let mut signed_in = sessions::start(&tx, app, &who, visitor, request_id).await?;
    tx.commit().await?;
    if let Some(email) = &user.email {
        let device = passwords::issue_device(app, email, None)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
    }
    Ok(signed_in)
}

/// Begins the second step of a sign-in with a passkey in place of a code.
pub async fn begin_passkey_code(
    app: &App,
    pending: &str,
    visitor: Visitor<'_>,
) -> Result<Challenge> {
    let user = two_factor::waiting(app, pending, visitor).await?.user_id;
    begin_for(app, Use::SecondStep, user).await
}

/// Completes a sign-in that waits for a second factor.
pub async fn complete_sign_in_by_passkey(
    app: &App,
    pending: &str,
    token: &str,
    credential: Json,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let waiting = two_factor::waiting(app, pending, visitor).await?;
    let credential = read(credential)?;
    let (row, key, result) =
        finish_for(app, Use::SecondStep, waiting.user_id, token, &credential).await?;
    let user = users::find(app, waiting.user_id).await?;
    let user = user.ok_or(PasskeyError::Refused)?;
    let only_org = waiting.only_org.map(OrgId);
    let mut orgs = passwords::organizations_of(app, &user).await?;
    orgs.retain(|org| only_org.is_none_or(|only| only == *org));
    let tx = app.db().begin(&orgs).await?;
    users::lock(&tx, user.id).await?;
    count(&tx, app, &row, key, &result).await?;
    if !two_factor::end_pending(&tx, &secret::hash(pending)).await? {
        return Err(PasskeyError::Ended.into());
    }
    let by = format!("{} and passkey", waiting.proved_by);
    let who = Proved {
        user: user.id,
        name: &user.name,
        orgs: &orgs,
        by: &by,
        only_org,
        strong: true,
        opened_by: waiting.sso_provider.map(|provider| OpenedBy {
            provider,
            name: waiting.sso_name.as_deref(),
        }),
    };
    let mut signed_in = sessions::start(&tx, app, &who, visitor, request_id).await?;
    tx.commit().await?;
    if let Some(email) = &user.email {
        let device = passwords::issue_device(app, email, None)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
    }
    Ok(signed_in)
}

/// Begins a new proof of the caller's identity.
pub async fn begin_passkey_proof(ctx: &Ctx) -> Result<Challenge> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    begin_for(&ctx.app, Use::StepUp, users::person(ctx)?).await
}

/// Records a fresh proof of the caller's identity. Returns the session's new token.
pub async fn step_up_by_passkey(ctx: &Ctx, token: &str, credential: Json) -> Result<SignedIn> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let session = ctx.session.ok_or(SessionError::Unauthenticated)?;
    let user = users::person(ctx)?;
    passwords::guessing(&ctx.app).current(session.0)?;
    let credential = read(credential)?;
    let (row, key, result) = finish_for(&ctx.app, Use::StepUp, user, token, &credential).await?;
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    count(&tx, &ctx.app, &row, key, &result).await?;
    let signed_in = two_factor::proved_again(&tx, ctx, session, user, "passkey").await?;
    tx.commit().await?;
    sessions::forget(ctx, session);
    Ok(signed_in)
}

/// A challenge for the passkeys of one person.
async fn begin_for(app: &App, used_for: Use, user: Uuid) -> Result<Challenge> {
    if !has_any(app, user).await? {
        return Err(PasskeyError::NotFound.into());
    }
    let rows = repo::all(app, user).await?;
    let keys: Vec<Key> = rows.iter().map(stored).collect::<Result<_>>()?;
    let (options, state) = relying_party::with(app, |party| {
        party
            .start_passkey_authentication(&keys)
            .map_err(AppError::internal)
    })?;
    let token = challenge::keep(app, used_for, Some(user), &state).await?;
    shown(token, &options)
}

/// The passkey of one person that answered a challenge.
async fn finish_for(
    app: &App,
    used_for: Use,
    user: Uuid,
    token: &str,
    credential: &PublicKeyCredential,
) -> Result<(Model, Key, AuthenticationResult)> {
    let state: PasskeyAuthentication = challenge::take(app, used_for, Some(user), token).await?;
    let result = relying_party::with(app, |party| {
        party
            .finish_passkey_authentication(credential, &state)
            .map_err(refused)
    })?;
    let row = repo::by_credential(app, result.cred_id()).await?;
    let row = row
        .filter(|row| row.user_id == user)
        .ok_or(PasskeyError::Refused)?;
    let key = stored(&row)?;
    // The state has the counter from when the challenge was created; the row may have a newer one.
    let counter = Credential::from(key.clone()).counter;
    if result.counter() != 0 && result.counter() <= counter {
        tracing::warn!(passkey = %row.id, "a passkey's counter went back; it may have been copied");
        return Err(PasskeyError::Refused.into());
    }
    Ok((row, key, result))
}

/// Stores the new counter, in the transaction of what the answer is for.
async fn count(
    tx: &Tx,
    app: &App,
    row: &Model,
    mut key: Key,
    result: &AuthenticationResult,
) -> Result<()> {
    if !result.user_verified() {
        return Err(PasskeyError::Refused.into());
    }
    key.update_credential(result);
    let credential = serde_json::to_string(&key).map_err(AppError::internal)?;
    if !repo::used(tx, row, &credential, app.clock().now()).await? {
        return Err(PasskeyError::Refused.into());
    }
    Ok(())
}

fn stored(row: &Model) -> Result<Key> {
    serde_json::from_str(&row.credential).map_err(AppError::internal)
}

fn read(credential: Json) -> Result<PublicKeyCredential> {
    serde_json::from_value(credential)
        .map_err(|error| AppError::invalid("credential", format!("is not readable: {error}")))
}

fn shown(token: String, options: &impl Serialize) -> Result<Challenge> {
    Ok(Challenge {
        token,
        options: serde_json::to_value(options).map_err(AppError::internal)?,
    })
}

fn refused(error: webauthn_rs::prelude::WebauthnError) -> AppError {
    tracing::warn!(%error, "a passkey was refused");
    PasskeyError::Refused.into()
}
