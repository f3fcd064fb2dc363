//! The beginning of a sign-in: the browser is sent to the provider.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{SsoSignInError, entity, oidc, purpose::Purpose, repo, saml};
use crate::{
    App, Ctx,
    access::Permission,
    error::Result,
    identity::{
        passwords, secret,
        sessions::Visitor,
        sso_providers::{Protocol, Source, Speaks},
        users,
    },
    sealed,
};

/// How long a sign-in may take.
const LASTS: Duration = Duration::minutes(10);

/// The purpose under which the proofs of beginnings are sealed.
pub(super) const PURPOSE: &str = "sign-in at an identity provider";

/// Where to send the browser, and what it has to keep.
#[derive(Clone, Debug)]
pub struct SsoRedirect {
    /// The provider's address, or one of this server that has the form for the provider.
    pub url: String,
    /// For the browser's cookie: only this browser can complete the sign-in.
    pub browser: String,
    /// When the sign-in expires.
    pub expires_at: DateTime<Utc>,
}

/// What a protocol has begun.
pub(super) struct Begun {
    /// Where to send the browser.
    pub url: String,
    /// What the answer must repeat.
    pub expects: String,
    /// What is kept, sealed, until then.
    pub keeps: Vec<u8>,
}

/// Begins a sign-in. `next` is the path of this server to go to afterwards, which the caller has
/// checked; `hint` is the address that the person entered, if any.
pub async fn begin_sso(
    app: &App,
    provider: &str,
    next: &str,
    hint: Option<&str>,
    visitor: Visitor<'_>,
) -> Result<SsoRedirect> {
    passwords::guessing(app).beginning(visitor.address)?;
    let source = Source::find(app, provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    begin(app, &source, None, next, hint).await
}

/// Begins to connect an account at a provider to the caller's own. The provider is one of the
/// caller's organization or of the whole server.
pub async fn begin_connecting(ctx: &Ctx, provider: &str, next: &str) -> Result<SsoRedirect> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    ctx.require_fresh_proof()?;
    let user = users::person(ctx)?;
    let source = Source::find(&ctx.app, provider).await?;
    let source = source.filter(|source| source.own.is_none_or(|(org, _)| org == ctx.org));
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    begin(&ctx.app, &source, Some(user), next, None).await
}

async fn begin(
    app: &App,
    source: &Source,
    user: Option<Uuid>,
    next: &str,
    hint: Option<&str>,
) -> Result<SsoRedirect> {
    let state = secret::new(secret::STATE);
    let begun = match &source.speaks {
        Speaks::Oidc(provider) => oidc::begin(app, provider, &state, hint).await?,
        Speaks::Saml { .. } => saml::begin(app, source, &state).await?,
    };
    let begun = match begun {
        Ok(begun) => begun,
        Err(problem) => {
            super::record(app, source, &problem).await?;
            return Err(SsoSignInError::Unusable.into());
        }
    };
    keep(app, source, &state, begun, (Purpose::SignIn, user, next)).await
}

/// Keeps what has begun until the answer arrives.
pub(super) async fn keep(
    app: &App,
    source: &Source,
    state: &str,
    begun: Begun,
    (purpose, user, next): (Purpose, Option<Uuid>, &str),
) -> Result<SsoRedirect> {
    let browser = secret::new(secret::BROWSER);
    let state_hash = secret::hash(state);
    let now = app.clock().now();
    let row = entity::Model {
        state_hash: state_hash.to_vec(),
        browser_hash: secret::hash(&browser).to_vec(),
        provider: source.key.clone(),
        nonce: begun.expects,
        verifier: sealed::seal(app, PURPOSE, &state_hash, &begun.keeps)?,
        user_id: user,
        next: next.to_owned(),
        expires_at: now + LASTS,
        purpose: purpose.as_str().to_owned(),
        ticket_hash: None,
        answer: None,
    };
    let tx = app.db().begin(&[]).await?;
    repo::insert(&tx, &row, now).await?;
    tx.commit().await?;
    Ok(SsoRedirect {
        url: begun.url,
        browser,
        expires_at: row.expires_at,
    })
}

/// The path at which a sign-in with a provider begins. `key` is the provider's key in URLs.
pub fn path(protocol: Protocol, key: &str) -> String {
    format!("/sign-in/{}/{key}", protocol.as_str())
}
