//! The end of a sign-in: the browser that began comes with its cookie and with the ticket of the answer.

use super::answer::Answer;
use crate::{
    App,
    error::{AppError, Result},
    identity::{
        passwords, secret,
        sessions::Visitor,
        sso_providers::Source,
        sso_sign_in::{
            SsoDone, SsoSignInError,
            entity::Model,
            finish::{Entrant, enter, of_attempt},
            purpose::Purpose,
            repo,
        },
    },
};

/// What the browser brings.
#[derive(Clone, Copy, Debug, Default)]
pub struct SamlReturn<'a> {
    /// The ticket in the address.
    pub ticket: Option<&'a str>,
    /// The token in the browser's cookie.
    pub browser: Option<&'a str>,
    /// The token of the browser's session.
    pub session: Option<&'a str>,
    /// Whether the person has said that they want to sign in.
    pub confirmed: bool,
}

/// The end of a sign-in.
#[derive(Clone, Debug)]
pub enum SamlFinish {
    /// The person has signed in, or has connected their account.
    Done(SsoDone),
    /// The provider began, so the person is asked. Otherwise any site could sign people in as somebody
    /// else.
    Ask {
        /// The provider's name.
        provider: String,
        /// Who the person would be.
        person: String,
    },
}

/// Completes a sign-in. A ticket works once, in the browser that began.
pub async fn finish_saml(
    app: &App,
    brought: SamlReturn<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SamlFinish> {
    let Some((attempt, answer)) = answered(app, brought).await? else {
        // A stranger may try tickets.
        passwords::guessing(app).link(visitor.address)?;
        return Err(SsoSignInError::Ended.into());
    };
    let asks = Purpose::parse(&attempt.purpose)? == Purpose::Unsolicited;
    let source = Source::find(app, &attempt.provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    if !answer.fits(&source) {
        return Err(SsoSignInError::Ended.into());
    }
    let identity = answer.identity();
    if asks && !brought.confirmed {
        return Ok(SamlFinish::Ask {
            provider: source.name,
            person: identity.email.unwrap_or(identity.subject),
        });
    }
    let tx = app.db().begin(&[]).await?;
    let taken = repo::take(&tx, &attempt).await?;
    tx.commit().await?;
    if !taken {
        return Err(SsoSignInError::Ended.into());
    }
    let name = serde_json::to_string(&answer.name).map_err(AppError::internal)?;
    let who = Entrant {
        identity: &identity,
        name: Some(&name),
        session: brought.session,
    };
    let done = enter(app, &source, &attempt, who, visitor, request_id).await;
    let done = done.map_err(|error| of_attempt(error, &attempt));
    Ok(SamlFinish::Done(done?))
}

/// The sign-in of this browser with this ticket, and its answer.
async fn answered(app: &App, brought: SamlReturn<'_>) -> Result<Option<(Model, Answer)>> {
    let ticket = secret::hash_of(brought.ticket, secret::TICKET);
    let browser = secret::hash_of(brought.browser, secret::BROWSER);
    let (Some(ticket), Some(browser)) = (ticket, browser) else {
        return Ok(None);
    };
    let attempt = repo::by_ticket(app, &ticket, &browser).await?;
    let Some(attempt) = attempt.filter(|one| one.expires_at > app.clock().now()) else {
        return Ok(None);
    };
    let answer = Answer::opened(app, &attempt)?;
    Ok(answer.map(|answer| (attempt, answer)))
}
