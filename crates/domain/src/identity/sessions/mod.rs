//! Browser sessions: opened by proofs of identity (a password, a link, an invitation, and a code if
//! the person has a second factor), ended by signing out, by a change of the password, or by expiry.

mod agent;
pub mod entity;
mod error;
mod own;
mod repo;

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::{ErrorCode, OrgId, SessionId, UserId};
use uuid::Uuid;

pub use error::SessionError;
pub use own::{Session, end_other_sessions, end_session, list_sessions};

use super::{
    Credential, KeyLimits, Principal, oauth, principal, secret, sso_enforcement, two_factor,
};
use crate::{
    App, Ctx, Tx,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::Right,
    organizations,
};

/// The lifetime of a session.
const LASTS: Duration = Duration::days(30);

/// The lifetime of a session that an organization's identity provider opened, after which it is
/// asked again.
pub(super) const LIMITED_LASTS: Duration = Duration::hours(24);

/// How long a token is accepted after it was replaced: requests with it may be on their way.
const FORMER: Duration = Duration::minutes(1);

/// A new session, or a sign-in that still needs a code. The token goes into a cookie and is not
/// stored on the server.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person who signed in.
    pub user: UserId,
    /// The session token, which is the credential. If a code is needed, a token that is none, for
    /// [`two_factor::complete_sign_in`].
    pub token: String,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// A token by which the account recognizes the browser later, and its lifetime. It does not
    /// sign anybody in. `None` for a person without an email address.
    pub device: Option<(String, Duration)>,
    /// Whether the person has to enter a code before there is a session.
    pub needs_code: bool,
}

/// The origin of an attempt to sign in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor<'a> {
    /// The IP address, if known.
    pub address: Option<IpAddr>,
    /// The device token that the browser kept from an earlier sign-in.
    pub device: Option<&'a str>,
    /// The browser's `User-Agent`.
    pub agent: Option<&'a str>,
}

/// A person who is signing in. In [`note`] also one whose password was wrong.
pub(super) struct Proved<'a> {
    /// The person's id.
    pub user: Uuid,
    /// The person's name.
    pub name: &'a str,
    /// The person's organizations. The transaction must be scoped to exactly these.
    pub orgs: &'a [OrgId],
    /// The proof of identity, for the audit log: `password`, `link`, `invitation`, `password and
    /// code` …
    pub by: &'a str,
    /// The only organization that the session will reach; `None`: all of the person's. An
    /// organization's identity provider vouches for a person there, and nowhere else.
    pub only_org: Option<OrgId>,
    /// Whether the proofs are strong enough for a break-glass owner: a passkey, or a link that the
    /// operator of the server printed.
    pub strong: bool,
    /// The organization's identity provider that vouches for the person, if one does.
    pub opened_by: Option<OpenedBy<'a>>,
}

impl<'a> Proved<'a> {
    /// Somebody with a proof that counts in all of their organizations, but not for a break-glass owner.
    pub const fn by(by: &'a str, user: Uuid, name: &'a str, orgs: &'a [OrgId]) -> Self {
        Self {
            user,
            name,
            orgs,
            by,
            only_org: None,
            strong: false,
            opened_by: None,
        }
    }
}

/// The identity provider that opens a session, and can end it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenedBy<'a> {
    /// The provider's id.
    pub provider: Uuid,
    /// The provider's name of the person and of its session, as [`SsoName`], if it can end sessions.
    pub name: Option<&'a str>,
}

/// A provider's name of a person and of its own session, for signing out there. Stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SsoName {
    /// The name.
    pub value: String,
    /// What kind of name it is.
    pub format: String,
    /// The provider in whose domain it is unique.
    pub qualifier: Option<String>,
    /// The service for which it was made.
    pub service_qualifier: Option<String>,
    /// The provider's name of its session.
    pub session: Option<String>,
}

/// Opens a session for a person who has proved their identity, with its audit rows. If they have a
/// second factor, there is no session before its code. Every way to sign in uses this.
pub(super) async fn open(
    tx: &Tx,
    app: &App,
    proved: &Proved<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    if two_factor::is_on(tx, app, proved.user).await? {
        return two_factor::hold(tx, app, proved).await;
    }
    start(tx, app, proved, visitor, request_id).await
}

/// Opens a session for a person who has given every proof that is needed.
pub(super) async fn start(
    tx: &Tx,
    app: &App,
    proved: &Proved<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    sso_enforcement::admit(tx, app, proved, visitor, request_id).await?;
    let (now, token) = (app.clock().now(), secret::new(secret::SESSION));
    let expires_at = now + proved.only_org.map_or(LASTS, |_| LIMITED_LASTS);
    let only_org = proved.only_org.map(|org| org.0);
    let key = (
        SessionId::new(app.clock()),
        proved.user,
        only_org,
        proved.strong,
    );
    let opened_by = (
        proved.opened_by.map(|by| by.provider),
        proved.opened_by.and_then(|by| by.name).map(str::to_owned),
    );
    let place = (
        visitor.address.map(|address| address.to_string()),
        visitor.agent.map(agent::stored),
    );
    let times = (now, expires_at);
    repo::insert(tx, key, secret::hash(&token), times, place, opened_by).await?;
    note(tx, app, "session.start", proved, request_id).await?;
    Ok(SignedIn {
        user: UserId(proved.user),
        token,
        expires_at,
        device: None,
        needs_code: false,
    })
}

/// Writes a row to the audit log of each of a person's organizations.
pub(super) async fn note(
    tx: &Tx,
    app: &App,
    action: &str,
    who: &Proved<'_>,
    request_id: &str,
) -> Result<()> {
    let actor = Actor::new(ActorKind::User, who.user, who.name);
    for org in who.orgs {
        let entry = Entry::new(action, "user", UserId(who.user)).detail(json!({ "by": who.by }));
        audit::write_raw(tx, app.clock(), *org, &actor, request_id, entry).await?;
    }
    Ok(())
}

/// The principal of the session with this hash; `None` if there is none, or it has ended or
/// expired.
pub(super) async fn principal(app: &App, hash: &[u8; 32]) -> Result<Option<Principal>> {
    let now = app.clock().now();
    let row = match repo::by_hash(app, hash).await? {
        Some(row) if row.expires_at > now => row,
        _ => return Ok(None),
    };
    if now - row.last_seen_at > Duration::minutes(10) {
        let tx = app.db().begin(&[]).await?;
        repo::seen(&tx, row.id, now).await?;
        tx.commit().await?;
    }
    let mut memberships = organizations::memberships(app, row.user_id).await?;
    let mut closed = Vec::new();
    match row.only_org {
        Some(only) => memberships.retain(|one| one.org_id == only),
        None => memberships.retain(|one| {
            let addresses = [row.email.as_deref(), row.email_wanted.as_deref()];
            let open = sso_enforcement::Gate::of(one, addresses).lets_in(row.strong);
            if !open {
                closed.push(OrgId(one.org_id));
            }
            open
        }),
    }
    Ok(Some(Principal {
        limits: KeyLimits::default(),
        tied: Vec::new(),
        actor: Actor::new(ActorKind::User, row.user_id, row.name),
        session: Some(SessionId(row.id)),
        proved_at: row.proved_at,
        limited: row.only_org.is_some(),
        memberships: memberships
            .iter()
            .map(organizations::MembershipRow::rights)
            .collect(),
        closed,
    }))
}

/// Ends the session of a token, with an audit row in each organization of the person that it could
/// reach if they let it in. A token that is no longer valid needs nothing.
///
/// # Errors
/// Of the database.
pub async fn sign_out(app: &App, token: &str, request_id: &str) -> Result<()> {
    let principal = match principal::principal(app, Credential::Session(token), None).await {
        Ok(principal) => principal,
        Err(error) if error.code == ErrorCode::Unauthenticated => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(session) = principal.session else {
        return Ok(());
    };
    let open = principal.memberships.iter().map(|(org, _)| *org);
    let orgs: Vec<OrgId> = open.chain(principal.closed.iter().copied()).collect();
    let tx = app.db().begin(&orgs).await?;
    repo::revoke(&tx, session.0, app.clock().now()).await?;
    for org in orgs {
        let entry = Entry::new("session.end", "session", session);
        audit::write_raw(&tx, app.clock(), org, &principal.actor, request_id, entry).await?;
    }
    tx.commit().await?;
    app.drop_right(Right::Session(session.0));
    Ok(())
}

/// Ends all sessions of a person, and what applications may do for them, in the caller's transaction.
pub(super) async fn end_all(tx: &Tx, app: &App, user: Uuid) -> Result<()> {
    end_all_but(tx, app, user, None).await
}

/// Ends all sessions of a person except one, and what applications may do for them, in the caller's
/// transaction.
pub(super) async fn end_all_but(tx: &Tx, app: &App, user: Uuid, kept: Option<Uuid>) -> Result<()> {
    // First the sign-ins of which sessions could come, last what could come of the sessions.
    two_factor::end_all_pending(tx, user).await?;
    for session in &repo::others(tx, app, (user, None), kept).await? {
        repo::revoke(tx, session.id, app.clock().now()).await?;
    }
    oauth::end_all(tx, user, app.clock().now()).await
}

/// Ends what an organization's identity providers have opened, for one person or for all. The caller
/// drops the cached rights after the commit.
pub(super) async fn end_limited(
    tx: &Tx,
    org: OrgId,
    user: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let ended = repo::end_limited(tx, org.0, user, now).await?;
    oauth::end_limited(tx, org, user, now).await?;
    Ok(ended)
}

/// Ends the sessions that an organization's provider has opened for a person under a name that is meant,
/// and the sign-ins with it that wait for a code. `sessions`: the provider's own names of the sessions to end.
/// Without them, all are meant, and what applications were allowed in them ends too. Returns the
/// sessions that have ended. The caller drops the cached rights after the commit.
pub(super) async fn end_named(
    tx: &Tx,
    app: &App,
    (org, provider): (OrgId, Uuid),
    user: Uuid,
    (is_meant, sessions): (impl Fn(&SsoName) -> bool, &[String]),
) -> Result<Vec<SessionId>> {
    let means = |stored: Option<&str>| {
        let stored = stored.and_then(|text| serde_json::from_str::<SsoName>(text).ok());
        stored.is_some_and(|stored| {
            let session = stored.session.as_ref();
            is_meant(&stored)
                && (sessions.is_empty() || session.is_none_or(|one| sessions.contains(one)))
        })
    };
    let mut ended = Vec::new();
    two_factor::end_pending_of_provider(tx, provider, user).await?;
    for row in repo::of_provider(tx, app, provider, user).await? {
        if means(row.sso_name.as_deref()) {
            repo::revoke(tx, row.id, app.clock().now()).await?;
            ended.push(SessionId(row.id));
        }
    }
    if sessions.is_empty() {
        oauth::end_limited(tx, org, Some(user), app.clock().now()).await?;
    }
    Ok(ended)
}

/// The provider that has opened the session of a token, with its names; `None` for other sessions.
pub(super) async fn opened_by(app: &App, token: &str) -> Result<Option<(Uuid, SsoName)>> {
    if !secret::is_plausible(token, secret::SESSION) {
        return Ok(None);
    }
    let row = repo::open_by_hash(app, &secret::hash(token)).await?;
    let row = row.filter(|row| row.expires_at > app.clock().now());
    let stored = row.and_then(|row| Some((row.sso_provider?, row.sso_name?)));
    let Some((provider, name)) = stored else {
        return Ok(None);
    };
    let name = serde_json::from_str(&name).map_err(AppError::internal)?;
    Ok(Some((provider, name)))
}

/// Gives the caller's session a new token after a proof of identity. Afterwards, call [`forget`].
pub(super) async fn renew(tx: &Tx, ctx: &Ctx, session: SessionId, user: Uuid) -> Result<SignedIn> {
    let (now, token) = (ctx.clock().now(), secret::new(secret::SESSION));
    let times = (now, now + FORMER);
    let renewed = repo::renew(tx, &ctx.app, session.0, secret::hash(&token), times).await?;
    Ok(SignedIn {
        user: UserId(user),
        token,
        expires_at: renewed.ok_or(SessionError::Unauthenticated)?,
        device: None,
        needs_code: false,
    })
}

/// Drops what is cached of a session, in every process.
pub(super) fn forget(ctx: &Ctx, session: SessionId) {
    ctx.app.drop_right(Right::Session(session.0));
}

/// Ends all sessions of the person except the context's own, their pending sign-ins, and what
/// applications may do for them, in the caller's transaction; from a session that reaches one
/// organization only, those that reach the same one only. Returns how many sessions there were.
pub(super) async fn end_others(tx: &Tx, ctx: &Ctx, user: Uuid) -> Result<usize> {
    if !ctx.limited {
        two_factor::end_all_pending(tx, user).await?;
    }
    let own = ctx.session.map(|session| session.0);
    let others = repo::others(tx, &ctx.app, (user, ctx.only_org()), own).await?;
    for session in &others {
        repo::revoke(tx, session.id, ctx.clock().now()).await?;
    }
    // Last: until then, a session that ends here could allow something.
    if ctx.limited {
        oauth::end_in_organization(tx, ctx.org, user).await?;
    } else {
        oauth::end_all(tx, user, ctx.clock().now()).await?;
    }
    Ok(others.len())
}
