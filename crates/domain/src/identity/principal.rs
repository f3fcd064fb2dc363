//! The one place that turns a credential into the principal that it stands for, and that into a
//! context.
//!
//! A credential is a secret that comes with a request: a session's token (from a cookie) or an API
//! key. Whatever proves once who a person is (a password, a link) opens a session by
//! [`super::sessions::open`], and the session's token is the credential from then on.

use std::sync::Arc;

use types::{ErrorCode, OrgId, SessionId};

use super::{SessionError, api_keys, auth_cache, secret, sessions};
use crate::{
    App, Ctx, SystemCtx,
    access::{Rights, UnknownWord, stored},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::Right,
    organizations,
};

/// What a request brings to say who it is from.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// A session's token, from the cookie.
    Session(&'a str),
    /// An API key, from the bearer header or a WebSocket's first message.
    ApiKey(&'a str),
}

/// Who a credential stands for.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The person or the key.
    pub actor: Actor,
    /// The session, if it is one.
    pub session: Option<SessionId>,
    /// Where they belong, and what they may do there; the first is the default.
    pub memberships: Vec<(OrgId, Result<Rights, UnknownWord>)>,
}

impl Principal {
    /// Whether a change of this right concerns it.
    pub(super) fn is(&self, right: Right) -> bool {
        match right {
            Right::Session(id) => self.session.is_some_and(|session| session.0 == id),
            Right::ApiKey(id) | Right::User(id) => self.actor.id == Some(id),
        }
    }
}

/// Who asks, in one of their organizations (`org`, or the first). Another organization than
/// one's own is NOT_FOUND. Remembered for at most five seconds.
pub async fn authenticate(
    app: &App,
    credential: Credential<'_>,
    org: Option<OrgId>,
    request_id: impl Into<Arc<str>>,
) -> Result<Ctx> {
    let principal = principal(app, credential).await?;
    let found = match org {
        None => principal.memberships.first(),
        Some(org) => principal.memberships.iter().find(|(id, _)| *id == org),
    };
    let Some((org, rights)) = found else {
        return Err(AppError::not_found("organization"));
    };
    Ok(Ctx {
        app: app.clone(),
        actor: principal.actor.clone(),
        session: principal.session,
        org: *org,
        rights: rights.clone()?,
        request_id: request_id.into(),
    })
}

/// Who a credential stands for: remembered, or looked up.
pub(super) async fn principal(app: &App, credential: Credential<'_>) -> Result<Arc<Principal>> {
    let (text, prefix) = match credential {
        Credential::Session(token) => (token, secret::SESSION),
        Credential::ApiKey(key) => (key, secret::API_KEY),
    };
    if !secret::is_plausible(text, prefix) {
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
        Credential::ApiKey(_) => api_keys::principal(app, &hash).await?,
    };
    let found = Arc::new(found.ok_or(SessionError::Unauthenticated)?);
    cache.put(age, hash, found.clone());
    Ok(found)
}

/// What an actor may do in an organization at this moment, for work that it requested earlier.
pub async fn rights_now(system: &SystemCtx, org: OrgId, actor: &Actor) -> Result<Rights> {
    let gone = |what: &'static str| AppError::new(ErrorCode::Forbidden, what);
    let tx = system.begin_in(&[org]).await?;
    match (actor.kind, actor.id) {
        (ActorKind::System, _) => Ok(Rights::SYSTEM),
        (ActorKind::User, Some(user)) => match organizations::role_of_member(&tx, org, user).await?
        {
            Some(role) => Ok(stored::of_role(&role)?),
            None => Err(gone(
                "Whoever requested this is no longer a member of the organization",
            )),
        },
        (ActorKind::ApiKey, Some(key)) => match api_keys::key_of(&tx, org, key).await? {
            Some(key) => Ok(key.rights()?),
            None => Err(gone(
                "The API key that requested this was revoked, or its creator left the organization",
            )),
        },
        (ActorKind::User | ActorKind::ApiKey, None) => {
            Err(gone("It is not known who requested this"))
        }
    }
}
