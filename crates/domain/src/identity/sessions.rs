//! Signing in with a password, and out.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{OrgId, SessionId, UserId};
use uuid::Uuid;

use super::{IdentityError, device, passwords::Purpose, repo, token};
use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    live::{Message, Right},
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

/// Signs a person in by address and password. Takes as long for an address that nobody has.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let email = email.trim().to_lowercase();
    let known_device = visitor
        .device
        .and_then(|text| device::known(app, &email, text));
    app.guessing()
        .password(&email, visitor.address, known_device)?;
    let purpose = match known_device {
        Some(_) => Purpose::KnownDevice,
        None => Purpose::Stranger,
    };
    let known = !email.contains('\0') && email.len() <= 254;
    let user = if known {
        repo::user_by_email(app, &email).await?
    } else {
        None
    };
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let fits = app.passwords().matches(password, hash, purpose).await?;
    let Some(user) = user else {
        return Err(IdentityError::WrongPassword.into());
    };
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(user.id),
        name: user.name.as_str().into(),
    };
    let orgs: Vec<OrgId> = repo::memberships(app, user.id)
        .await?
        .iter()
        .map(|m| OrgId(m.org_id))
        .collect();
    let tx = app.db().begin(&orgs).await?;
    let action = if fits {
        "session.start"
    } else {
        "session.refused"
    };
    let signed_in = if fits {
        Some(start(&tx, app, user.id).await?)
    } else {
        None
    };
    for org in orgs {
        let entry = Entry::new(action, "user", UserId(user.id)).detail(json!({ "by": "password" }));
        audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    }
    tx.commit().await?;
    let mut signed_in = signed_in.ok_or(IdentityError::WrongPassword)?;
    let device = device::issue(app, &email, known_device)?;
    signed_in.device = Some((device, device::LASTS));
    Ok(signed_in)
}

/// Ends the session that the context came with.
pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    ctx.authorize(Permission::ProfileUpdate).await?;
    let Some(session) = ctx.session else {
        return Err(AppError::conflict(
            "an API key has no session to end; revoke the key instead",
        ));
    };
    let tx = ctx.begin().await?;
    let now = ctx.clock().now();
    tx.execute(
        "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        [now.into(), session.0.into()],
    )
    .await?;
    audit::write(&tx, ctx, Entry::new("session.end", "session", session)).await?;
    tx.commit().await?;
    forget(&ctx.app, Right::Session(session.0));
    Ok(())
}

/// Writes a new session.
pub(super) async fn start(tx: &Tx, app: &App, user: Uuid) -> Result<SignedIn> {
    let (now, secret) = (app.clock().now(), token::new(token::SESSION));
    let expires_at = now + LASTS;
    tx.execute(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $4, $5)",
        [
            SessionId::new(app.clock()).0.into(),
            user.into(),
            token::hash(&secret).to_vec().into(),
            now.into(),
            expires_at.into(),
        ],
    )
    .await?;
    Ok(SignedIn {
        user: UserId(user),
        token: secret,
        expires_at,
        device: None,
    })
}

/// Drops a right from the caches, here at once and elsewhere as soon as the message is there.
pub(super) fn forget(app: &App, right: Right) {
    app.rights().forget(right);
    app.live().publish(Message::Dropped(right));
}
