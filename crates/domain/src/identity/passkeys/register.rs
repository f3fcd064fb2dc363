//! Adding and removing a passkey.

use serde_json::{Value as Json, json};
use types::{OrgId, PasskeyId};
use webauthn_rs::prelude::{
    CreationChallengeResponse, PasskeyRegistration, RegisterPublicKeyCredential,
};

use super::{
    Challenge, MOST, Passkey, PasskeyError, challenge, entity, note_of, relying_party, repo,
};
use crate::{
    Ctx, audit,
    error::{AppError, Result},
    identity::{last_way, notices, sso_enforcement, users},
    mail::{self, Letter},
    organizations, text,
};
use challenge::Use;

/// Begins to add a passkey.
pub async fn begin_passkey(ctx: &Ctx) -> Result<Challenge> {
    let user = users::proved_person(ctx).await?;
    let row = users::find(&ctx.app, user).await?;
    let row = row.ok_or_else(|| AppError::not_found("user"))?;
    let known = repo::all(&ctx.app, user).await?;
    if known.len() >= MOST {
        return Err(PasskeyError::TooMany.into());
    }
    let known = known.into_iter().map(|row| row.credential_id);
    let name = row.email.as_deref().unwrap_or(&row.name);
    let (options, state): (CreationChallengeResponse, PasskeyRegistration) =
        relying_party::with(&ctx.app, |party| {
            party
                .start_passkey_registration(user, name, &row.name, Some(known.collect()))
                .map_err(AppError::internal)
        })?;
    let mut options = serde_json::to_value(options).map_err(AppError::internal)?;
    // The authenticator remembers the account, so that signing in needs no address.
    let selection = &mut options["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = json!("required");
    selection["requireResidentKey"] = json!(true);
    let token = challenge::keep(&ctx.app, Use::Registration, Some(user), &state).await?;
    Ok(Challenge { token, options })
}

/// Adds the passkey that the authenticator made.
pub async fn add_passkey(ctx: &Ctx, token: &str, name: &str, credential: Json) -> Result<Passkey> {
    let user = users::proved_person(ctx).await?;
    let name = text::line("name", name, 100)?;
    let credential: RegisterPublicKeyCredential = serde_json::from_value(credential)
        .map_err(|error| AppError::invalid("credential", format!("is not readable: {error}")))?;
    let state: PasskeyRegistration =
        challenge::take(&ctx.app, Use::Registration, Some(user), token).await?;
    let made = relying_party::with(&ctx.app, |party| {
        party
            .finish_passkey_registration(&credential, &state)
            .map_err(|error| {
                tracing::warn!(%error, "a new passkey was refused");
                PasskeyError::Refused.into()
            })
    })?;
    let row = entity::passkey::Model {
        id: PasskeyId::new(ctx.clock()).0,
        user_id: user,
        name,
        credential_id: made.cred_id().to_vec(),
        credential: serde_json::to_string(&made).map_err(AppError::internal)?,
        created_at: ctx.clock().now(),
        last_used_at: None,
    };
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_caller(&tx, ctx).await?;
    if !repo::insert(&tx, &row).await? {
        return Err(PasskeyError::Known.into());
    }
    let detail = json!({ "passkey": PasskeyId(row.id).to_string(), "name": row.name });
    audit::write(&tx, ctx, note_of(user, "passkey.add").detail(detail)).await?;
    let letter = Letter::PasskeyAdded {
        name: ctx.actor.name.to_string(),
        passkey: row.name.clone(),
        at: notices::time(&ctx.app),
        link: mail::link(&ctx.app, notices::SETTINGS),
    };
    notices::tell(&tx, &ctx.app, user, &letter, &ctx.request_id).await?;
    tx.commit().await?;
    Ok(row.into())
}

/// Removes a passkey, unless it is the caller's only way to sign in.
pub async fn remove_passkey(ctx: &Ctx, id: PasskeyId) -> Result<()> {
    let user = users::proved_person(ctx).await?;
    let all = repo::all(&ctx.app, user).await?;
    let row = all.iter().find(|row| row.id == id.0);
    let row = row.ok_or(PasskeyError::NotFound)?;
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_caller(&tx, ctx).await?;
    last_way::require_another(&tx, &ctx.app, user).await?;
    sso_enforcement::require_another_passkey(&tx, &ctx.app, user).await?;
    if !repo::delete(&tx, user, id.0).await? {
        return Err(PasskeyError::NotFound.into());
    }
    let detail = json!({ "passkey": id.to_string(), "name": row.name });
    audit::write(&tx, ctx, note_of(user, "passkey.remove").detail(detail)).await?;
    let letter = Letter::PasskeyRemoved {
        name: ctx.actor.name.to_string(),
        passkey: row.name.clone(),
        at: notices::time(&ctx.app),
        link: mail::link(&ctx.app, notices::SETTINGS),
    };
    notices::tell(&tx, &ctx.app, user, &letter, &ctx.request_id).await?;
    tx.commit().await?;
    Ok(())
}
