//! The second step of signing in: a code after the password.

use chrono::Duration;
use types::{OrgId, UserId};
use uuid::Uuid;

use super::{TwoFactorError, entity::pending_sign_in, repo, spend};
use crate::{
    App, Tx,
    error::Result,
    identity::{
        passwords, secret,
        sessions::{self, OpenedBy, Proved, SignedIn, Visitor},
        users,
    },
    organizations,
};

/// How long a sign-in waits for a code.
const LASTS: Duration = Duration::minutes(10);

/// Wrong codes after which the sign-in has to begin again.
const FAILURES: i64 = 5;

/// Whether the person's second factor is on.
pub async fn is_on(tx: &Tx, app: &App, user: Uuid) -> Result<bool> {
    Ok(repo::confirmed(tx, app, user).await?.is_some())
}

/// Holds back the session of a person who has proved their identity once. The returned token is for
/// [`complete_sign_in`] only.
pub async fn hold(tx: &Tx, app: &App, proved: &Proved<'_>) -> Result<SignedIn> {
    let (now, token) = (app.clock().now(), secret::new(secret::PENDING));
    let row = pending_sign_in::Model {
        token_hash: secret::hash(&token).to_vec(),
        user_id: proved.user,
        proved_by: proved.by.to_owned(),
        expires_at: now + LASTS,
        failures: 0,
        only_org: proved.only_org.map(|org| org.0),
        strong: proved.strong,
        sso_provider: proved.opened_by.map(|by| by.provider),
        sso_name: proved.opened_by.and_then(|by| by.name).map(str::to_owned),
    };
    let expires_at = row.expires_at;
    repo::insert_pending(tx, row, now).await?;
    Ok(SignedIn {
        user: UserId(proved.user),
        token,
        expires_at,
        device: None,
        needs_code: true,
    })
}

/// The sign-in that waits for a second factor, by its token.
pub async fn waiting(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
) -> Result<pending_sign_in::Model> {
    let pending = match secret::is_plausible(token, secret::PENDING) {
        true => repo::pending(app, &secret::hash(token)).await?,
        false => None,
    };
    let Some(pending) = pending else {
        // Counted like a link: a stranger may try tokens. The holder of a real one is not stopped
        // by what others behind the same address do.
        passwords::guessing(app).link(visitor.address)?;
        return Err(TwoFactorError::Ended.into());
    };
    if pending.expires_at <= app.clock().now() || pending.failures >= FAILURES {
        return Err(TwoFactorError::Ended.into());
    }
    Ok(pending)
}

/// Completes a sign-in with a code of the authenticator app or a recovery code.
pub async fn complete_sign_in(
    app: &App,
    token: &str,
    code: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let pending = waiting(app, token, visitor).await?;
    let hash = secret::hash(token);
    let user = users::find(app, pending.user_id).await?;
    let user = user.ok_or(TwoFactorError::Ended)?;
    let device = match (visitor.device, &user.email) {
        (Some(text), Some(email)) => passwords::known_device(app, email, text),
        _ => None,
    };
    passwords::guessing(app).code(user.id, device)?;
    let memberships = organizations::memberships(app, user.id).await?;
    let only_org = pending.only_org.map(OrgId);
    let orgs: Vec<OrgId> = memberships
        .iter()
        .map(|m| OrgId(m.org_id))
        .filter(|org| only_org.is_none_or(|only| only == *org))
        .collect();
    let tx = app.db().begin(&orgs).await?;
    users::lock(&tx, user.id).await?;
    let used = spend(&tx, app, user.id, code).await?;
    let by = match used {
        Some(used) => format!("{} and {}", pending.proved_by, used.as_str()),
        None => pending.proved_by,
    };
    let who = Proved {
        user: user.id,
        name: &user.name,
        orgs: &orgs,
        by: &by,
        only_org,
        strong: pending.strong,
        opened_by: pending.sso_provider.map(|provider| OpenedBy {
            provider,
            name: pending.sso_name.as_deref(),
        }),
    };
    if used.is_none() {
        repo::count_failure(&tx, &hash).await?;
        sessions::note(&tx, app, "session.code_refused", &who, request_id).await?;
        tx.commit().await?;
        return Err(TwoFactorError::WrongCode.into());
    }
    if !repo::end_pending(&tx, &hash).await? {
        return Err(TwoFactorError::Ended.into());
    }
    let mut signed_in = sessions::start(&tx, app, &who, visitor, request_id).await?;
    tx.commit().await?;
    if let Some(email) = &user.email {
        let device = passwords::issue_device(app, email, device)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
    }
    Ok(signed_in)
}
