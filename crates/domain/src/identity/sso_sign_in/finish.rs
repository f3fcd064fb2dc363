//! The end of a sign-in: the answer of a provider of OpenID Connect arrives, or a person enters whose
//! identity a provider of whatever protocol has proved.

use serde_json::json;
use sso::Identity;
use types::SsoProviderId;

use super::{SsoSignInError, connect, entity, oidc, person, repo};
use crate::{
    App,
    audit::{self, Entry},
    ctx::Actor,
    error::{AppError, Result},
    identity::{
        passwords, secret,
        sessions::{SignedIn, Visitor},
        sso_providers::{self, Source, Speaks},
    },
};

/// The answer of a provider of OpenID Connect, as the browser brings it. Any of it may be invented.
#[derive(Clone, Copy, Debug, Default)]
pub struct SsoAnswer<'a> {
    /// What the beginning sent along.
    pub state: Option<&'a str>,
    /// The code to exchange.
    pub code: Option<&'a str>,
    /// The issuer (RFC 9207).
    pub iss: Option<&'a str>,
    /// The error instead of a code.
    pub error: Option<&'a str>,
    /// More about the error.
    pub error_description: Option<&'a str>,
    /// The token in the browser's cookie.
    pub browser: Option<&'a str>,
    /// The token of the browser's session.
    pub session: Option<&'a str>,
}

/// A completed sign-in, or a connected account.
#[derive(Clone, Debug)]
pub struct SsoDone {
    /// The new session, or the sign-in that needs a code; `None` if an account was connected.
    pub signed_in: Option<SignedIn>,
    /// The path of this server to go to.
    pub next: String,
}

/// Completes a sign-in. An answer works once, in the browser that began.
pub async fn complete_sso(
    app: &App,
    answer: SsoAnswer<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SsoDone> {
    let Some(attempt) = take(app, answer).await? else {
        // A stranger may try states. The browser that began is not stopped by what others behind
        // the same address do.
        passwords::guessing(app).link(visitor.address)?;
        return Err(SsoSignInError::Ended.into());
    };
    let done = complete(app, &attempt, answer, visitor, request_id).await;
    done.map_err(|error| of_attempt(error, &attempt))
}

/// The error of a sign-in. Who connects an account is signed in, and goes on where they began.
pub(super) fn of_attempt(error: AppError, attempt: &entity::Model) -> AppError {
    match attempt.user_id {
        Some(_) => error.with("connecting", attempt.next.clone().into()),
        None => error,
    }
}

async fn complete(
    app: &App,
    attempt: &entity::Model,
    answer: SsoAnswer<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SsoDone> {
    let source = Source::find(app, &attempt.provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    let Speaks::Oidc(provider) = &source.speaks else {
        return Err(SsoSignInError::Ended.into());
    };
    let identity = match oidc::identity(app, provider, attempt, answer).await {
        Ok(identity) => identity,
        Err((told, reason)) => {
            refuse(app, &source, &reason, request_id).await?;
            return Err(told.into());
        }
    };
    let who = Entrant {
        identity: &identity,
        name: None,
        session: answer.session,
    };
    enter(app, &source, attempt, who, visitor, request_id).await
}

/// Somebody whose identity at a provider is proved.
pub(super) struct Entrant<'a> {
    /// The identity.
    pub identity: &'a Identity,
    /// The provider's name of the person and of its session, for signing out.
    pub name: Option<&'a str>,
    /// The token of the browser's session.
    pub session: Option<&'a str>,
}

/// Lets a person enter whose identity is proved, or connects it, whatever the attempt was for.
pub(super) async fn enter(
    app: &App,
    source: &Source,
    attempt: &entity::Model,
    who: Entrant<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SsoDone> {
    let identity = who.identity;
    let signed_in = match attempt.user_id {
        Some(user) => {
            connect::connect(app, source, identity, user, who.session, request_id).await?;
            None
        }
        None => {
            let entered =
                person::sign_in(app, source, (identity, who.name), visitor, request_id).await;
            if let Err(error) = &entered
                && error.details.get("reason").is_some()
            {
                let who = identity.email.as_deref().unwrap_or(&identity.subject);
                let reason = format!("{who}: {}", error.message);
                refuse(app, source, &reason, request_id).await?;
            }
            Some(entered?)
        }
    };
    Ok(SsoDone {
        signed_in,
        next: attempt.next.clone(),
    })
}

/// Uses up the sign-in to which the answer belongs; `None`: there is none.
async fn take(app: &App, answer: SsoAnswer<'_>) -> Result<Option<entity::Model>> {
    let state = secret::hash_of(answer.state, secret::STATE);
    let browser = secret::hash_of(answer.browser, secret::BROWSER);
    let (Some(state), Some(browser)) = (state, browser) else {
        return Ok(None);
    };
    let Some(attempt) = repo::find(app, &state, &browser).await? else {
        return Ok(None);
    };
    let tx = app.db().begin(&[]).await?;
    let taken = repo::take(&tx, &attempt).await?;
    tx.commit().await?;
    let lasts = attempt.expires_at > app.clock().now();
    Ok(Some(attempt).filter(|_| taken && lasts))
}

/// Records, for the administrator, why a sign-in was refused.
pub(super) async fn refuse(
    app: &App,
    source: &Source,
    reason: &str,
    request_id: &str,
) -> Result<()> {
    tracing::warn!(provider = source.key, reason, "single sign-on refused");
    let Some((org, id)) = source.own else {
        return Ok(());
    };
    // The provider's text may have anything in it.
    let reason: String = reason
        .chars()
        .filter(|c| !c.is_control())
        .take(500)
        .collect();
    let tx = app.db().begin(&[org]).await?;
    sso_providers::refused(&tx, (org, id), &reason, app.clock().now()).await?;
    let entry = Entry::new("sso.refused", "sso_provider", SsoProviderId(id))
        .detail(json!({ "name": source.name, "reason": reason }));
    let actor = Actor::system("single sign-on");
    audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    tx.commit().await.map_err(AppError::from)
}
