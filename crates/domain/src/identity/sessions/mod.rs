//! Browser sessions: opened by whatever proves who a person is, ended by signing out or by time.

pub mod entity;
mod error;
mod repo;

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{OrgId, SessionId, UserId};
use uuid::Uuid;

pub use error::SessionError;

use super::{Principal, secret};
use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::Result,
    live::Right,
    organizations,
};

/// How long a session lasts.
const LASTS: Duration = Duration::days(30);

/// A new session. The token goes into the cookie and is kept nowhere else.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The secret.
    pub token: String,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// What the browser keeps so that this account knows it again, and for how long. Nobody is
    /// signed in by it. Absent for somebody without an address.
    pub device: Option<(String, Duration)>,
}

/// Where a try to sign in comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor<'a> {
    /// The address, as far as it is known.
    pub address: Option<IpAddr>,
    /// What the browser kept of an earlier sign-in.
    pub device: Option<&'a str>,
}

/// A person whose identity was proved just now.
pub(super) struct Proved<'a> {
    /// Who.
    pub user: Uuid,
    /// Their name.
    pub name: &'a str,
    /// Their organizations; the transaction must be of exactly these.
    pub orgs: &'a [OrgId],
    /// By what: `password` or `link`. Stands in the audit log.
    pub by: &'static str,
}

/// Opens a session for a person who has proved who they are, with its audit rows. Every way to sign
/// in ends here.
pub(super) async fn open(
    tx: &Tx,
    app: &App,
    proved: &Proved<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let (now, token) = (app.clock().now(), secret::new(secret::SESSION));
    let expires_at = now + LASTS;
    let key = (SessionId::new(app.clock()), proved.user);
    repo::insert(tx, key, secret::hash(&token), (now, expires_at)).await?;
    note(tx, app, "session.start", proved, request_id).await?;
    Ok(SignedIn {
        user: UserId(proved.user),
        token,
        expires_at,
        device: None,
    })
}

/// Writes a row into the log of each of a person's organizations.
pub(super) async fn note(
    tx: &Tx,
    app: &App,
    action: &str,
    who: &Proved<'_>,
    request_id: &str,
) -> Result<()> {
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(who.user),
        name: who.name.into(),
    };
    for org in who.orgs {
        let entry = Entry::new(action, "user", UserId(who.user)).detail(json!({ "by": who.by }));
        audit::write_raw(tx, app.clock(), *org, &actor, request_id, entry).await?;
    }
    Ok(())
}

/// Who the session with this hash stands for, if it lives.
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
    let memberships = organizations::memberships(app, row.user_id).await?;
    Ok(Some(Principal {
        actor: Actor {
            kind: ActorKind::User,
            id: Some(row.user_id),
            name: row.name.into(),
        },
        session: Some(SessionId(row.id)),
        memberships: memberships
            .iter()
            .map(organizations::MembershipRow::rights)
            .collect(),
    }))
}

/// Ends the session that the context came with.
pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    ctx.authorize(Permission::ProfileUpdate).await?;
    let session = ctx.session.ok_or(SessionError::NoSession)?;
    let tx = ctx.begin().await?;
    repo::revoke(&tx, session.0, ctx.clock().now()).await?;
    audit::write(&tx, ctx, Entry::new("session.end", "session", session)).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Session(session.0));
    Ok(())
}

/// Ends all sessions of the person but the context's own, in the caller's transaction.
pub(super) async fn end_others(tx: &Tx, ctx: &Ctx, user: Uuid) -> Result<()> {
    let others = repo::others(tx, &ctx.app, user, ctx.session.map(|session| session.0)).await?;
    for session in &others {
        repo::revoke(tx, session.id, ctx.clock().now()).await?;
    }
    Ok(())
}
