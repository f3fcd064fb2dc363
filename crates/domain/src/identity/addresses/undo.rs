//! Undoing a change of an email address, with the link that the old address got.

use chrono::Duration;
use sea_orm::SqlErr;

use super::{AddressError, confirm::begin, repo};
use crate::{
    App,
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    identity::{
        api_keys, external_identities, passkeys, passwords, secret,
        sessions::{self, Proved, Visitor},
        sso_enforcement, two_factor, users,
    },
    live::Right,
};

/// How long before a change somebody who takes an account over may have added ways to sign in.
const PREPARED: Duration = Duration::days(7);

/// Gives an account its old address back, whatever has become of it since. Somebody else may have
/// taken the account over, so all sessions end, other changes can be neither confirmed nor undone,
/// and nothing signs in that may be theirs: the password, and passkeys, connected accounts, an
/// authenticator app and API keys that were added from seven days before the request on. The person then sets a new
/// password with a link.
///
/// # Errors
/// `SSO_REQUIRED` if an organization enforces single sign-on for the address that would be left, as for
/// any other change: otherwise a link from before would lead out of the enforcement.
pub async fn undo_address_change(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::UNDO) {
        return Err(AddressError::UndoEnded.into());
    }
    let now = app.clock().now();
    let row = repo::by_undo_hash(app, &secret::hash(token)).await?;
    let row = row
        .filter(|row| row.ended_at.is_none() && row.undo_until.is_some_and(|until| until > now))
        .ok_or(AddressError::UndoEnded)?;
    let old = row.old_email.as_deref().ok_or(AddressError::UndoEnded)?;
    let user = users::find(app, row.user_id).await?;
    let user = user.ok_or(AddressError::UndoEnded)?;
    let orgs = passwords::organizations_of(app, &user).await?;
    let tx = begin(app, &orgs).await?;
    sso_enforcement::require_changeable_address(&tx, app, user.id).await?;
    if !repo::end(&tx, row.id, now).await? {
        return Err(AddressError::UndoEnded.into());
    }
    let server = crate::mail::server(app, request_id);
    for open in repo::all_open(&tx, app, user.id).await? {
        crate::mail::withdraw(&tx, &server, open.id).await?;
    }
    repo::end_all(&tx, user.id, now).await?;
    let restored = users::restore_address(&tx, user.id, old, now).await;
    restored.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => AddressError::Taken.into(),
        _ => AppError::from(error),
    })?;
    let since = row.created_at - PREPARED;
    passkeys::delete_since(&tx, user.id, since).await?;
    external_identities::delete_since(&tx, user.id, since).await?;
    two_factor::delete_since(&tx, user.id, since).await?;
    let actor = Actor::new(ActorKind::User, user.id, user.name.as_str());
    let mut keys = Vec::new();
    for org in &orgs {
        let who = (&actor, user.id, request_id);
        keys.extend(api_keys::revoke_since(&tx, app, *org, who, since).await?);
    }
    sessions::end_all(&tx, app, user.id).await?;
    let who = Proved::by("link to the old address", user.id, &user.name, &orgs);
    sessions::note(&tx, app, "profile.email_change_undo", &who, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    for key in keys {
        app.drop_right(Right::ApiKey(key));
    }
    Ok(())
}
