//! A person's own sessions: listing them and ending them.

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{SessionId, UserId};

use super::{SessionError, agent, end_others, entity, forget, repo};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::Result,
    identity::users,
    live::Right,
};

/// The largest number of listed sessions.
const MOST: u64 = 100;

/// One of a person's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The browser and the operating system, such as `Firefox on Windows`, if known.
    pub device: Option<String>,
    /// The IP address from which it was opened, if known.
    pub address: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last used, accurate to about ten minutes.
    pub last_seen_at: DateTime<Utc>,
    /// Whether it is the session of this request.
    pub is_current: bool,
}

impl Session {
    fn of(row: entity::Model, ctx: &Ctx) -> Self {
        let id = SessionId(row.id);
        Self {
            id,
            device: row.agent.as_deref().and_then(agent::described),
            address: row.address,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            is_current: ctx.session == Some(id),
        }
    }
}

/// The caller's open sessions, last used first; at most 100. In a session that reaches one
/// organization only: those that reach the same one only.
pub async fn list_sessions(ctx: &Ctx) -> Result<Vec<Session>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let mut rows = repo::of_person(&ctx.app, user, ctx.clock().now(), MOST).await?;
    if let Some(only) = ctx.only_org() {
        rows.retain(|row| row.only_org == Some(only));
    }
    Ok(rows.into_iter().map(|row| Session::of(row, ctx)).collect())
}

/// Ends one of the caller's sessions that [`list_sessions`] lists, with immediate effect in every
/// process.
pub async fn end_session(ctx: &Ctx, id: SessionId) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let tx = ctx.begin().await?;
    if !repo::revoke_of(&tx, (user, ctx.only_org()), id.0, ctx.clock().now()).await? {
        return Err(SessionError::NotFound.into());
    }
    audit::write(&tx, ctx, Entry::new("session.end", "session", id)).await?;
    tx.commit().await?;
    forget(ctx, id);
    Ok(())
}

/// Ends all of the caller's sessions that [`list_sessions`] lists but the one of this request. Returns
/// how many there were.
pub async fn end_other_sessions(ctx: &Ctx) -> Result<usize> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let tx = ctx.begin().await?;
    let ended = end_others(&tx, ctx, user).await?;
    let entry = Entry::new("session.end_others", "user", UserId(user));
    audit::write(&tx, ctx, entry.detail(json!({ "ended": ended }))).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::User(user));
    Ok(ended)
}
