//! A response arrives, from another site and without a cookie. What it proves waits for the browser that
//! brought it.

use chrono::{DateTime, Duration, Utc};
use saml::{Refusal, RefusalKind};

use super::{
    answer::Answer,
    judge::{is_of_provider, judge},
    load, test,
};
use crate::{
    App,
    error::{AppError, Result},
    identity::{
        passwords, secret,
        sessions::Visitor,
        sso_providers::Source,
        sso_sign_in::{
            SsoSignInError,
            begin::PURPOSE,
            entity::Model,
            finish::{of_attempt, refuse},
            purpose::Purpose,
            repo,
        },
    },
    sealed,
};

/// How long an answer waits for its browser, which is on its way.
const WAITS: Duration = Duration::minutes(2);

/// How long an answer waits for a person who is asked.
const ASKS: Duration = Duration::minutes(5);

/// A response, as the browser brings it. Any of it may be invented.
#[derive(Clone, Copy, Debug)]
pub struct SamlPost<'a> {
    /// The field `SAMLResponse`.
    pub response: &'a str,
    /// The field `RelayState`: what the request sent along.
    pub relay_state: Option<&'a str>,
}

/// Where the browser that brought a response goes on.
#[derive(Clone, Debug)]
pub enum SamlReceived {
    /// To the end of the sign-in.
    Ticket(SamlTicket),
    /// To the page with the result of the test.
    Tested(String),
}

/// What the browser needs at the end of a sign-in.
#[derive(Clone, Debug)]
pub struct SamlTicket {
    /// For the address.
    pub ticket: String,
    /// For the browser's cookie, and until when, if the provider began; otherwise it has one.
    pub browser: Option<(String, DateTime<Utc>)>,
}

/// Checks a response, and keeps what it proves for the browser.
pub async fn receive_saml(
    app: &App,
    provider: &str,
    post: SamlPost<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SamlReceived> {
    passwords::guessing(app).beginning(visitor.address)?;
    let source = Source::find_any(app, provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    let attempt = waiting(app, &source, post.relay_state).await?;
    let purpose = attempt.as_ref().map(|one| Purpose::parse(&one.purpose));
    let tests = purpose.transpose()? == Some(Purpose::Test);
    if !source.enabled && !tests {
        return Err(SsoSignInError::NoProvider.into());
    }
    let provider = load(app, &source).await?;
    let request = attempt.as_ref().map(|one| one.nonce.as_str());
    let verdict = judge(app, &provider, post.response, request).await?;
    let received = match (verdict, &attempt) {
        (verdict, Some(attempt)) if tests => {
            let next = test::keep(app, &source, &provider, attempt, verdict).await?;
            return Ok(SamlReceived::Tested(next));
        }
        (Ok(verified), Some(attempt)) => {
            let proved = Answer::of(&verified, &source, &provider)?;
            answer(app, attempt, &proved).await
        }
        (Ok(verified), None) => {
            let proved = Answer::of(&verified, &source, &provider)?;
            ask(app, &source, &proved).await
        }
        (Err(refusal), attempt) => {
            let told = refused(app, &source, attempt.as_ref(), &refusal, request_id).await?;
            Err(told)
        }
    };
    let received = received.map_err(|error| match &attempt {
        Some(attempt) => of_attempt(error, attempt),
        None => error,
    });
    Ok(SamlReceived::Ticket(received?))
}

/// The sign-in at this provider that waits for an answer, by its state.
async fn waiting(app: &App, source: &Source, state: Option<&str>) -> Result<Option<Model>> {
    let Some(state) = secret::hash_of(state, secret::STATE) else {
        return Ok(None);
    };
    let attempt = repo::by_state(app, &state).await?;
    let signs_in = [Purpose::SignIn.as_str(), Purpose::Test.as_str()];
    Ok(attempt.filter(|attempt| {
        attempt.provider == source.key
            && attempt.ticket_hash.is_none()
            && attempt.expires_at > app.clock().now()
            && signs_in.contains(&attempt.purpose.as_str())
    }))
}

/// Keeps the answer to a sign-in that was begun here.
async fn answer(app: &App, attempt: &Model, proved: &Answer) -> Result<SamlTicket> {
    let ticket = secret::new(secret::TICKET);
    let sealed = proved.sealed(app, &attempt.state_hash)?;
    let kept = (secret::hash(&ticket), sealed);
    let tx = app.db().begin(&[]).await?;
    let until = app.clock().now() + WAITS;
    if !repo::answered(&tx, &attempt.state_hash, kept, until).await? {
        return Err(SsoSignInError::Ended.into());
    }
    tx.commit().await?;
    Ok(SamlTicket {
        ticket,
        browser: None,
    })
}

/// Keeps an answer that nobody here has asked for, until the person says that they want it.
async fn ask(app: &App, source: &Source, proved: &Answer) -> Result<SamlTicket> {
    let (ticket, browser) = (secret::new(secret::TICKET), secret::new(secret::BROWSER));
    let state_hash = secret::hash(&secret::new(secret::STATE));
    let now = app.clock().now();
    let row = Model {
        state_hash: state_hash.to_vec(),
        browser_hash: secret::hash(&browser).to_vec(),
        provider: source.key.clone(),
        nonce: String::new(),
        verifier: sealed::seal(app, PURPOSE, &state_hash, &[])?,
        user_id: None,
        // RelayState is another site's text, so it leads nowhere.
        next: "/".to_owned(),
        expires_at: now + ASKS,
        purpose: Purpose::Unsolicited.as_str().to_owned(),
        ticket_hash: Some(secret::hash(&ticket).to_vec()),
        answer: Some(proved.sealed(app, &state_hash)?),
    };
    let tx = app.db().begin(&[]).await?;
    repo::insert(&tx, &row, now).await?;
    tx.commit().await?;
    Ok(SamlTicket {
        ticket,
        browser: Some((browser, row.expires_at)),
    })
}

/// Ends the sign-in, and records for the administrator why. What strangers can cause without beginning a
/// sign-in is not recorded.
async fn refused(
    app: &App,
    source: &Source,
    attempt: Option<&Model>,
    refusal: &Refusal,
    request_id: &str,
) -> Result<AppError> {
    if attempt.is_some() || is_of_provider(refusal.kind) {
        refuse(app, source, &refusal.to_string(), request_id).await?;
    } else {
        tracing::info!(provider = source.key, %refusal, "a SAML response was refused");
    }
    if let Some(attempt) = attempt {
        let tx = app.db().begin(&[]).await?;
        repo::take(&tx, attempt).await?;
        tx.commit().await?;
    }
    Ok(match refusal.kind {
        RefusalKind::Status => SsoSignInError::Denied.into(),
        _ => SsoSignInError::Refused.into(),
    })
}
