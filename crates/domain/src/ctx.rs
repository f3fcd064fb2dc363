//! The caller and the organization it acts in: the first parameter of every use case.
//!
//! Built only by the entry points' authentication (see `identity`) and by the worker. `authorize`
//! checks its rights.

use std::{fmt, sync::Arc};

use types::{Clock, OrgId, SessionId};
use uuid::Uuid;

use crate::{App, access::Rights, db::Db};

/// What kind of actor somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A person with a session.
    User,
    /// A program with an API key.
    ApiKey,
    /// The program itself.
    System,
}

impl ActorKind {
    /// As stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::ApiKey => "api_key",
            ActorKind::System => "system",
        }
    }

    /// The kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::ApiKey, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The kind.
    pub kind: ActorKind,
    /// The user's or key's id.
    pub id: Option<Uuid>,
    /// The name at the time, kept with what was done.
    pub name: Arc<str>,
}

impl Actor {
    /// The program itself.
    pub fn system(name: &str) -> Self {
        Self {
            kind: ActorKind::System,
            id: None,
            name: name.into(),
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
    /// The session that the request came with, if it was one.
    pub session: Option<SessionId>,
    /// The organization that the request acts in.
    pub org: OrgId,
    /// What the actor may do in it.
    pub rights: Rights,
    /// Finds the request in the logs and in the audit log.
    pub request_id: Arc<str>,
}

impl Ctx {
    /// The one source of time and ids.
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
