//! Messages about signing out that a provider sends through the browser, in an address or in a form.

use saml::{
    NameId, Refusal, RefusalKind, SKEW,
    binding::{Query, decode_form},
    logout::{self, LogoutRequest, NewLogoutResponse, Received},
};
use serde_json::json;
use types::{OrgId, SessionId};

use super::{
    answer::kind_of,
    form::{ByBrowser, by_browser},
    judge::is_of_provider,
    load,
    work::in_turn,
};
use crate::{
    App, Tx,
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    identity::{
        external_identities, passwords, secret,
        sessions::{self, SsoName, Visitor},
        sso_providers::{SamlProvider, Source, identity_issuer},
        sso_sign_in::{SsoSignInError, finish::refuse, purpose::Purpose, repo},
    },
    live::Right,
};

/// The longest RelayState of a provider that is sent back, in bytes. The standard allows 80.
const LONGEST_STATE: usize = 1_000;

/// A message, as the browser brings it. Any of it may be invented.
#[derive(Clone, Copy, Debug)]
pub enum LogOutMessage<'a> {
    /// The query of the address, exactly as it was sent: its signature is one of this text.
    Query(&'a str),
    /// A form.
    Form {
        /// The field `SAMLRequest`.
        request: Option<&'a str>,
        /// The field `SAMLResponse`.
        response: Option<&'a str>,
        /// The field `RelayState`.
        relay_state: Option<&'a str>,
    },
}

/// What follows from a message.
#[derive(Clone, Debug)]
pub enum LoggedOut {
    /// Sessions have ended here, and the provider gets a response, if it said where.
    Here(Option<ByBrowser>),
    /// The provider has responded to a request of this server: whether its sessions have ended.
    There(bool),
}

/// The message, without its way.
enum Carried {
    Query(String),
    Form(Vec<u8>),
}

/// Carries out a message of a provider. It ends the sessions that this provider has opened for the
/// person whom it names, and no others.
pub async fn receive_log_out(
    app: &App,
    provider: &str,
    message: LogOutMessage<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<LoggedOut> {
    passwords::guessing(app).beginning(visitor.address)?;
    let source = Source::find(app, provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    let provider = load(app, &source).await?;
    let done = match read(message) {
        Ok((carried, true, state)) => {
            receive_response(app, &source, &provider, carried, state).await?
        }
        Ok((carried, false, state)) => {
            let asked = checked(app, &provider, carried, logout::request).await?;
            match asked {
                Ok(asked) => match end_sessions(app, &source, &provider, &asked, request_id).await?
                {
                    true => Ok(LoggedOut::Here(
                        respond(app, &provider, &asked, state).await?,
                    )),
                    false => Err(used_before(&asked)),
                },
                Err(refusal) => Err(refusal),
            }
        }
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(done) => Ok(done),
        Err(refusal) => {
            if is_of_provider(refusal.kind) {
                refuse(app, &source, &refusal.to_string(), request_id).await?;
            } else {
                tracing::info!(provider = source.key, %refusal, "a log-out was refused");
            }
            Err(SsoSignInError::Refused.into())
        }
    }
}

/// The message, whether it is a response, and its RelayState.
fn read(message: LogOutMessage<'_>) -> Result<(Carried, bool, Option<String>), Refusal> {
    match message {
        LogOutMessage::Query(raw) => {
            let query = Query::read(raw)?;
            let (responds, state) = (query.is_response(), query.relay_state());
            Ok((Carried::Query(raw.to_owned()), responds, state))
        }
        LogOutMessage::Form {
            request,
            response,
            relay_state,
        } => {
            let bytes = decode_form(response.or(request).unwrap_or_default())?;
            let state = relay_state.map(str::to_owned);
            Ok((Carried::Form(bytes), response.is_some(), state))
        }
    }
}

/// Checks a message when it is its turn.
async fn checked<T: Send + 'static>(
    app: &App,
    provider: &SamlProvider,
    carried: Carried,
    check: impl FnOnce(&Received<'_>, &logout::Expected<'_>) -> Result<T, Refusal> + Send + 'static,
) -> Result<Result<T, Refusal>> {
    let (known, now) = (provider.clone(), app.clock().now());
    in_turn(app, move || {
        let expected = logout::Expected {
            provider: &known.entity_id,
            certificates: &known.certificates,
            slo: &known.addresses.slo,
            now,
        };
        match &carried {
            Carried::Query(raw) => check(&Received::Redirect(&Query::read(raw)?), &expected),
            Carried::Form(bytes) => check(&Received::Form(bytes), &expected),
        }
    })
    .await
}

/// Ends the sessions that a request means, and uses it up for all processes. `false`: it was used
/// before.
async fn end_sessions(
    app: &App,
    source: &Source,
    provider: &SamlProvider,
    asked: &LogoutRequest,
    request_id: &str,
) -> Result<bool> {
    let (org, _) = provider.own;
    let name = sso_name(&asked.name_id);
    let kind = kind_of(&name, provider);
    let issuer = identity_issuer(org, &provider.entity_id);
    let stored = kind.stored()?;
    let known = external_identities::find(app, &issuer, (&name.value, &stored)).await?;
    let until = asked.expires_at.checked_add_signed(SKEW);
    let until = until.unwrap_or(asked.expires_at);
    let tx = app.db().begin(&[org]).await?;
    if !repo::use_up(&tx, provider.own, hash(provider, asked), until).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let Some(known) = known else {
        tx.commit().await?;
        return Ok(true);
    };
    let is_meant = |one: &SsoName| one.value == name.value && kind_of(one, provider).fits(&kind);
    let means = (is_meant, asked.session_indexes.as_slice());
    let ended = sessions::end_named(&tx, app, provider.own, known.user_id, means).await?;
    note(&tx, app, org, source, &ended, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(known.user_id));
    Ok(true)
}

/// Identifies a request to log out among the used messages of a provider. The id of an assertion has no
/// spaces.
fn hash(provider: &SamlProvider, asked: &LogoutRequest) -> [u8; 32] {
    secret::hash(&format!("log-out {} {}", provider.entity_id, asked.id))
}

fn used_before(asked: &LogoutRequest) -> Refusal {
    Refusal {
        kind: RefusalKind::Replayed,
        field: "LogoutRequest/@ID",
        problem: "The request to log out was used before".to_owned(),
        sent: Some(asked.id.chars().take(200).collect()),
        expected: Some("an id that was not used before".to_owned()),
        mend: "Sign out at the provider again; if nobody has loaded a page twice, look for somebody who \
            records the provider's messages",
        seen: None,
    }
}

fn sso_name(name: &NameId) -> SsoName {
    SsoName {
        value: name.value.clone(),
        format: name.format.clone(),
        qualifier: name.name_qualifier.clone(),
        service_qualifier: name.sp_name_qualifier.clone(),
        session: None,
    }
}

async fn note(
    tx: &Tx,
    app: &App,
    org: OrgId,
    source: &Source,
    ended: &[SessionId],
    request_id: &str,
) -> Result<()> {
    let actor = Actor::system("single sign-on");
    for session in ended {
        let detail = json!({ "by": "provider log-out", "provider": source.name });
        let entry = Entry::new("session.end", "session", *session).detail(detail);
        audit::write_raw(tx, app.clock(), org, &actor, request_id, entry).await?;
    }
    Ok(())
}

/// The response to a request, to the address that the provider's metadata names.
async fn respond(
    app: &App,
    provider: &SamlProvider,
    asked: &LogoutRequest,
    state: Option<String>,
) -> Result<Option<ByBrowser>> {
    let Some(slo) = &provider.slo else {
        return Ok(None);
    };
    let response = NewLogoutResponse {
        service: &provider.addresses.entity_id,
        destination: &slo.response_url,
        in_response_to: &asked.id,
        success: true,
        now: app.clock().now(),
    };
    let state = state.filter(|state| state.len() <= LONGEST_STATE);
    let way = by_browser(response.message(), slo.binding, state, &provider.key).await?;
    Ok(Some(way))
}

/// The provider's response to a request of this server. The sessions here have ended before.
async fn receive_response(
    app: &App,
    source: &Source,
    provider: &SamlProvider,
    carried: Carried,
    state: Option<String>,
) -> Result<Result<LoggedOut, Refusal>> {
    let attempt = match secret::hash_of(state.as_deref(), secret::STATE) {
        Some(state) => repo::by_state(app, &state).await?,
        None => None,
    };
    let attempt = attempt.filter(|attempt| {
        attempt.provider == source.key
            && attempt.purpose == Purpose::SignOut.as_str()
            && attempt.expires_at > app.clock().now()
    });
    let attempt = attempt.ok_or(SsoSignInError::Ended)?;
    let request = attempt.nonce.clone();
    let answered = checked(app, provider, carried, move |received, expected| {
        logout::response(received, expected, &request)
    });
    let answered = answered.await?;
    let tx = app.db().begin(&[]).await?;
    repo::take(&tx, &attempt).await?;
    tx.commit().await?;
    Ok(answered.map(|answered| LoggedOut::There(answered.success)))
}
