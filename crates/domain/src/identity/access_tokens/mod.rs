//! Access tokens: JSON Web Tokens (RFC 9068), signed with ES256, that an application sends instead
//! of an API key. They live for ten minutes.
//!
//! This is the only module that signs or reads them. What a token may do is decided by its family;
//! see [`super::oauth`].

mod claims;
mod jws;
mod keyring;
mod keys;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value as Json;

pub use claims::Claims;
pub(super) use claims::NewClaims;
pub use keyring::rotate_signing_keys;

use super::SessionError;
use crate::{
    App,
    error::{AppError, Result},
};

/// How long a token is valid.
pub const LASTS: Duration = Duration::minutes(10);

/// By how much the clocks of two processes may differ.
const LEEWAY: Duration = Duration::seconds(5);

/// The longest token that is looked at, in bytes.
const MOST: usize = 4_096;

/// Whether a text has the form of a token: three parts, where an API key has one.
pub(super) fn is_plausible(text: &str) -> bool {
    text.len() <= MOST && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Signs a new token, which is valid for [`LASTS`].
pub(super) async fn sign(app: &App, new: &NewClaims<'_>) -> Result<String> {
    let key = keyring::current(app).await?;
    jws::sign(&key, &Claims::new(app, new)).map_err(AppError::internal)
}

/// Reads a token that this server signed and that is valid now.
///
/// # Errors
/// `UNAUTHENTICATED`, whatever is wrong with it.
pub(super) async fn verify(app: &App, token: &str) -> Result<Claims> {
    let found = read(app, token).await?;
    Ok(found.ok_or(SessionError::Unauthenticated)?)
}

async fn read(app: &App, token: &str) -> Result<Option<Claims>> {
    if !is_plausible(token) {
        return Ok(None);
    }
    let Some(unverified) = jws::parse(token) else {
        return Ok(None);
    };
    let Some(key) = keyring::find(app, &unverified.kid).await? else {
        return Ok(None);
    };
    let claims = unverified.verify(&key).and_then(Claims::read);
    Ok(claims.filter(|claims| claims.are_valid(app)))
}

/// The published keys, as a JSON Web Key Set.
pub async fn key_set(app: &App) -> Result<Json> {
    keyring::published(app).await
}

/// The token's issuer, which is also its audience: this server's address.
pub fn issuer(app: &App) -> &str {
    &app.settings().base_url
}

/// When a token is certainly refused: its expiry plus the leeway.
pub(super) fn ends(claims: &Claims) -> Option<DateTime<Utc>> {
    Some(DateTime::from_timestamp(claims.exp, 0)? + LEEWAY)
}
