//! Authentication: finds the session cookie, the API key or the access token of a request. Signing in and out is in
//! `http`.
//!
//! `domain::identity` decides whom a secret authenticates. This module only finds the secret in the
//! request and protects it against other sites.

pub mod cookie;
mod origin;

use std::str::FromStr;

use actix_web::{HttpRequest, http::header};
use domain::{
    App, Ctx,
    identity::{self, Source},
};
use types::{ErrorCode, OrgId, UserId};

pub use origin::{Origins, is_json};

use crate::error::ApiError;

/// The header that names one of the caller's organizations. Only people in several organizations
/// need it.
const ORG_HEADER: &str = "x-flowmason-org";

/// The header with which a page of the dashboard names the person whose data it shows.
const PERSON_HEADER: &str = "x-flowmason-person";

/// The secret that authenticates a request.
#[derive(Clone)]
pub enum Credential {
    /// A browser session's token.
    Session(String),
    /// A program's key, or an application's access token.
    Bearer(String),
}

/// The secret of a request, and whether the request has cookies, which other sites can make a
/// browser send. A key or token takes precedence over a cookie, even if it is invalid, because it was
/// sent on purpose.
pub fn credential(request: &HttpRequest) -> (Option<Credential>, bool) {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    if let Some(value) = headers.next() {
        let key = value.to_str().ok().and_then(|text| {
            let (scheme, key) = text.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| key.trim().to_owned())
        });
        let key = key.filter(|_| headers.next().is_none()).unwrap_or_default();
        return (Some(Credential::Bearer(key)), false);
    }
    let token = cookie::token(request);
    let with_cookie = request.headers().contains_key(header::COOKIE);
    (token.map(Credential::Session), with_cookie)
}

/// The organization that a request names.
pub fn wanted_org(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(ORG_HEADER)?;
    Some(value.to_str().unwrap_or_default().to_owned())
}

/// Refuses a request of a page that shows another person's data: all tabs of a browser have one
/// cookie, so somebody else may have signed in since, in another tab. Programs send no such header.
pub fn check_person(request: &HttpRequest, ctx: &Ctx) -> Result<(), ApiError> {
    let Some(shown) = request.headers().get(PERSON_HEADER) else {
        return Ok(());
    };
    let shown = shown.to_str().ok();
    let shown = shown.and_then(|text| UserId::from_str(text).ok());
    if shown.is_some_and(|user| ctx.actor.id == Some(user.0)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Conflict,
        "Another person has signed in in this browser since this page was opened; load it again",
    ))
}

/// The caller, if the credential is valid.
pub async fn caller(
    app: &App,
    credential: Option<Credential>,
    org: Option<&str>,
    source: Source,
) -> Result<Option<Ctx>, ApiError> {
    let Some(credential) = credential else {
        return Ok(None);
    };
    let credential = match &credential {
        Credential::Session(token) => identity::Credential::Session(token),
        Credential::Bearer(text) => identity::Credential::of_bearer(text),
    };
    // A text that is not an id is treated as the id of an organization that does not exist.
    let org = org.map(|text| OrgId::from_str(text).unwrap_or(OrgId(uuid::Uuid::nil())));
    match identity::authenticate(app, credential, org, source).await {
        Ok(ctx) => {
            tracing::Span::current().record("org", tracing::field::display(ctx.org));
            Ok(Some(ctx))
        }
        Err(error) if error.code == ErrorCode::Unauthenticated => Ok(None),
        Err(error) => Err(error.into()),
    }
}
