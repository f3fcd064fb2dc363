//! The context of a request: the caller and the organization it acts in. The first parameter of
//! every use case.
//!
//! Only authentication (see `identity`) and the worker create contexts. `authorize` checks the
//! rights.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use types::{Clock, OrgId, SessionId, TokenFamilyId};
use uuid::Uuid;

use crate::{
    App,
    access::{PermissionSet, Rights},
    db::Db,
};

/// The kind of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A person with a session.
    User,
    /// A program with an API key.
    ApiKey,
    /// An identity provider with a token for provisioning.
    ScimToken,
    /// An application with an access token.
    Application,
    /// FlowMason itself.
    System,
}

impl ActorKind {
    /// The name that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::ApiKey => "api_key",
            ActorKind::ScimToken => "scim_token",
            ActorKind::Application => "application",
            ActorKind::System => "system",
        }
    }

    /// The kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::User,
            Self::ApiKey,
            Self::ScimToken,
            Self::Application,
            Self::System,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// The originator of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Whether it is a person, a key, an identity provider or the system.
    pub kind: ActorKind,
    /// The id of the user, API key or token for provisioning; of an application, that of what its
    /// person granted it, or its own if it acts as a service account; `None` for the system. So all
    /// tokens of a person for an application are one actor.
    pub id: Option<Uuid>,
    /// The name at the time of the action, stored with it.
    pub name: Arc<str>,
    /// The token with which an application acts; `None` for all others.
    pub token: Option<ActingToken>,
}

/// The access token with which an application acts. What it requests for later ends with the token's
/// family, and has no more scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActingToken {
    /// The family of the token.
    pub family: TokenFamilyId,
    /// The scopes of the token, which may be fewer than the family's.
    pub scopes: PermissionSet,
}

impl Actor {
    /// A person, a key or an identity provider.
    pub fn new(kind: ActorKind, id: Uuid, name: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            id: Some(id),
            name: name.into(),
            token: None,
        }
    }

    /// FlowMason itself, with the name of the part that acts.
    pub fn system(name: &str) -> Self {
        Self {
            kind: ActorKind::System,
            id: None,
            name: name.into(),
            token: None,
        }
    }
}

/// The caller, the organization and the request. Cheap to clone.
#[derive(Clone)]
pub struct Ctx {
    /// The application.
    pub app: App,
    /// The caller.
    pub actor: Actor,
    /// The session that authenticated the request, if any.
    pub session: Option<SessionId>,
    /// When the person last proved their identity in this session; `None` without a session.
    pub proved_at: Option<DateTime<Utc>>,
    /// Whether the session reaches this organization only, because the organization's own identity
    /// provider opened it. It does not reach what the person has elsewhere, such as their password.
    pub limited: bool,
    /// The organization that the request acts in.
    pub org: OrgId,
    /// The actor's rights in that organization.
    pub rights: Rights,
    /// Identifies the request in the logs and in the audit log.
    pub request_id: Arc<str>,
}

impl Ctx {
    /// The context of FlowMason itself, for work that belongs to no organization
    /// ([`OrgId::SERVER`]).
    pub(crate) fn of_server(app: &App, part: &str, request_id: &str) -> Self {
        Self {
            app: app.clone(),
            actor: Actor::system(part),
            session: None,
            proved_at: None,
            limited: false,
            org: OrgId::SERVER,
            rights: Rights::system(),
            request_id: request_id.into(),
        }
    }

    /// The organization that the session is limited to, if it is.
    pub(crate) fn only_org(&self) -> Option<uuid::Uuid> {
        self.limited.then_some(self.org.0)
    }

    /// The only source of the current time and of new ids.
    pub fn clock(&self) -> &Clock {
        self.app.clock()
    }

    /// The database.
    pub fn db(&self) -> &Db {
        self.app.db()
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("actor", &self.actor)
            .field("org", &self.org)
            .field("rights", &self.rights)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
