//! Maps a credential to its principal, and the principal to a context. No other module does that.
//!
//! A credential is a secret sent with a request: a session token (from a cookie), an API key or an
//! access token. A
//! one-time proof of identity (a password, a link) opens a session with [`super::sessions::open`];
//! from then on, the session token is the credential.

use std::{net::IpAddr, sync::Arc};

use chrono::{DateTime, Utc};
use futures::{FutureExt, future::BoxFuture};
use types::{ApiKeyId, ErrorCode, OrgId, SessionId};
use uuid::Uuid;

use super::{
    KeyLimits, SessionError, access_tokens, api_keys, auth_cache, oauth, secret, sessions,
    sso_enforcement,
};
use crate::{
    App, Ctx, SystemCtx,
    access::{Rights, UnknownWord},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::Right,
    organizations,
};

/// A secret that authenticates a request.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// A session token, from the cookie.
    Session(&'a str),
    /// An API key, from the bearer header or a WebSocket's first message.
    ApiKey(&'a str),
    /// An access token, from the same places.
    AccessToken(&'a str),
}

impl<'a> Credential<'a> {
    /// What a bearer sends: an access token or an API key, which look different.
    pub fn of_bearer(text: &'a str) -> Self {
        match access_tokens::is_plausible(text) {
            true => Self::AccessToken(text),
            false => Self::ApiKey(text),
        }
    }
}

/// The identity behind a credential, with its rights.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The person, the key or the application.
    pub actor: Actor,
    /// The session, if the credential is a session token.
    pub session: Option<SessionId>,
    /// When the person last proved their identity in this session.
    pub proved_at: Option<DateTime<Utc>>,
    /// Whether the session reaches one organization only; see [`Ctx::limited`].
    pub limited: bool,
    /// The limits of an API key, or the expiry of an access token; none for a session. Checked at
    /// every request.
    pub limits: KeyLimits,
    /// What an access token ends with: its family, the application, the grant, the person.
    pub tied: Vec<Uuid>,
    /// The organizations with the rights in each. The first one is the default.
    pub memberships: Vec<(OrgId, Result<Rights, UnknownWord>)>,
    /// The organizations of a person that this session does not reach, because they require single
    /// sign-on.
    pub closed: Vec<OrgId>,
}

impl Principal {
    /// Whether a change of this right affects the principal.
    pub(super) fn is(&self, right: Right) -> bool {
        match right {
            Right::Session(id) => self.session.is_some_and(|session| session.0 == id),
            Right::ApiKey(id) | Right::User(id) | Right::Application(id) => {
                self.actor.id == Some(id) || self.tied.contains(&id)
            }
            Right::Organization(org) => {
                let open = self.memberships.iter().map(|(id, _)| id);
                open.chain(&self.closed).any(|id| id.0 == org)
            }
        }
    }
}

/// The origin of a request.
#[derive(Clone, Debug)]
pub struct Source {
    /// Identifies the request in the logs and in the audit log.
    pub request_id: Arc<str>,
    /// The client's IP address, if known.
    pub address: Option<IpAddr>,
}

/// A request from an unknown address.
impl From<&str> for Source {
    fn from(request_id: &str) -> Self {
        Self {
            request_id: request_id.into(),
            address: None,
        }
    }
}

/// The context of a request in one of the principal's organizations: `org`, or the first one. The
/// principal may come from a cache, where it stays for at most five seconds.
///
/// # Errors
/// `UNAUTHENTICATED` for an invalid credential, `FORBIDDEN` for an API key that may not be used from
/// the source's address (with an audit row), `SSO_REQUIRED` for an organization that requires single
/// sign-on, `NOT_FOUND` for one to which the principal does not belong.
pub async fn authenticate(
    app: &App,
    credential: Credential<'_>,
    org: Option<OrgId>,
    source: impl Into<Source>,
) -> Result<Ctx> {
    let source = source.into();
    let principal = principal(app, credential, source.address).await?;
    let limits = &principal.limits;
    if limits.expired(app.clock().now()) {
        return Err(SessionError::Unauthenticated.into());
    }
    let found = match org {
        None => principal.memberships.first(),
        Some(org) => principal.memberships.iter().find(|(id, _)| *id == org),
    };
    let Some((org, rights)) = found else {
        let closed = match org {
            None => principal.closed.first(),
            Some(org) => principal.closed.iter().find(|one| **one == org),
        };
        return Err(match closed {
            Some(org) => sso_enforcement::refusal(app, *org).await,
            None => AppError::not_found("organization"),
        });
    };
    let ctx = Ctx {
        app: app.clone(),
        actor: principal.actor.clone(),
        session: principal.session,
        proved_at: principal.proved_at,
        limited: principal.limited,
        org: *org,
        rights: rights.clone()?,
        request_id: source.request_id,
    };
    match ctx.actor.id {
        Some(key) if !limits.networks.allow(source.address) => {
            Err(api_keys::refuse_address(&ctx, ApiKeyId(key), source.address).await)
        }
        _ => Ok(ctx),
    }
}

/// The principal of a credential, from the cache or the database.
pub(super) async fn principal(
    app: &App,
    credential: Credential<'_>,
    from: Option<IpAddr>,
) -> Result<Arc<Principal>> {
    let (text, plausible) = match credential {
        Credential::Session(token) => (token, secret::is_plausible(token, secret::SESSION)),
        Credential::ApiKey(key) => (key, api_keys::is_plausible(key)),
        Credential::AccessToken(token) => (token, access_tokens::is_plausible(token)),
    };
    if !plausible {
        return Err(SessionError::Unauthenticated.into());
    }
    let hash = secret::hash(text);
    let cache = auth_cache::of(app);
    if let Some(known) = cache.get(&hash) {
        return Ok(known);
    }
    let age = cache.age();
    let found = match credential {
        Credential::Session(_) => sessions::principal(app, &hash).await?,
        Credential::ApiKey(_) => api_keys::principal(app, &hash, from).await?,
        Credential::AccessToken(token) => {
            let claims = access_tokens::verify(app, token).await?;
            oauth::principal(app, &claims).await?
        }
    };
    let found = Arc::new(found.ok_or(SessionError::Unauthenticated)?);
    cache.put(age, hash, found.clone());
    Ok(found)
}

/// The actor's current rights in an organization, for work that it requested earlier.
///
/// # Errors
/// `FORBIDDEN` if the actor no longer has access to the organization.
pub fn rights_now<'a>(
    system: &'a SystemCtx,
    org: OrgId,
    actor: &'a Actor,
) -> BoxFuture<'a, Result<Rights>> {
    find_rights(system, org, actor).boxed()
}

async fn find_rights(system: &SystemCtx, org: OrgId, actor: &Actor) -> Result<Rights> {
    let gone = |what: &'static str| AppError::new(ErrorCode::Forbidden, what);
    let tx = system.begin_in(&[org]).await?;
    match (actor.kind, actor.id) {
        (ActorKind::System, _) => Ok(Rights::system()),
        (ActorKind::User, Some(user)) => {
            let clock = system.app.clock();
            let rights = organizations::rights_of_member(&tx, clock, org, user).await?;
            rights.ok_or_else(|| {
                gone("The person who requested this is no longer a member of the organization")
            })
        }
        (ActorKind::ApiKey, Some(key)) => match api_keys::key_of(&tx, &system.app, org, key).await?
        {
            Some(key) if !key.limits()?.expired(system.app.clock().now()) => Ok(key.rights()?),
            _ => Err(gone(
                "The API key that requested this has expired or was revoked, or its holder is no longer \
                 in the organization",
            )),
        },
        // Nothing is done later in the name of an identity provider.
        (ActorKind::ScimToken, _) => {
            Err(gone("Tokens for provisioning have no rights of their own"))
        }
        (ActorKind::Application, Some(_)) => {
            let family = match actor.token {
                Some(token) => oauth::family(&tx, &system.app, org, token.family.0).await?,
                None => None,
            };
            let (family, token) = family.zip(actor.token).ok_or_else(|| {
                gone(
                    "The application that requested this no longer has access, or its person is no \
                     longer a member of the organization",
                )
            })?;
            Ok(family.rights(token.scopes)?)
        }
        (ActorKind::User | ActorKind::ApiKey | ActorKind::Application, None) => Err(gone(
            "The user, API key or application that requested this is unknown",
        )),
    }
}
