//! Refreshing: a refresh token is used once, and gives the next one.
//!
//! The next token is derived from the one before it with the server's key. So two requests that a
//! good application sends at the same time get the same next token, and there is never more than one
//! line of tokens. A token that is used again later was stolen, by whoever came first or second:
//! then its family ends.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use types::{OrgId, TokenFamilyId};

use super::{
    super::{
        clients::Client,
        error::{OauthError, Result},
        grants, scopes,
    },
    IDLE, Issued, end_reused, is_let_in, issue, repo,
};
use crate::{
    App,
    error::AppError,
    identity::{passwords, secret},
};

/// How soon a used token may come again without being an alarm.
const PARALLEL: Duration = Duration::seconds(10);

/// Gives the next tokens for a refresh token.
///
/// # Errors
/// `invalid_grant` for a token that is unknown, expired, used or another application's.
pub(in crate::identity::oauth) async fn refresh(
    app: &App,
    client: &Client,
    token: &str,
    scope: Option<&str>,
    request_id: &str,
) -> Result<Issued> {
    let refused = || OauthError::grant("refresh_token");
    if !secret::is_plausible(token, secret::REFRESH) {
        return Err(refused());
    }
    let (hash, now) = (secret::hash(token), app.clock().now());
    let org = repo::org_of(app, &hash).await?.ok_or_else(refused)?;
    let tx = app.db().begin(&[org, OrgId::SERVER]).await?;
    let row = repo::refresh_token(&tx, org, &hash).await?;
    let row = row.filter(|row| row.expires_at > now).ok_or_else(refused)?;
    let family = repo::find_in(&tx, app, org, row.family_id).await?;
    let family = family.filter(|family| family.client_id == client.application.id.0);
    let family = family.ok_or_else(refused)?;
    if !is_let_in(tx.conn(), app, &family).await? {
        return Err(refused());
    }
    if row.used_at.is_some_and(|used| now - used > PARALLEL) {
        end_reused(tx, app, &family, "refresh token", request_id).await?;
        return Err(refused());
    }
    passwords::guessing(app).tokens(family.id)?;
    let granted = family.scopes().map_err(AppError::from)?;
    let scopes = scopes::requested(scope, granted)?;
    let next = next(app, family.id.into(), token)?;
    repo::use_up(&tx, org, &hash, now).await?;
    let until = family.expires_at.min(now + IDLE);
    repo::insert_refresh(&tx, org, family.id, secret::hash(&next), (now, until)).await?;
    if let Some(grant) = family.grant_id {
        grants::used(&tx, org, grant, now).await?;
    }
    tx.commit().await?;
    Ok(issue(app, &family, scopes, Some(next)).await?)
}

/// The token after this one.
fn next(app: &App, family: TokenFamilyId, token: &str) -> Result<String, AppError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(app.server_key()).map_err(AppError::internal)?;
    mac.update(b"flowmason refresh token ");
    mac.update(family.0.as_bytes());
    mac.update(token.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(format!(
        "{}{}",
        secret::REFRESH,
        URL_SAFE_NO_PAD.encode(bytes)
    ))
}
