//! Undoing a change of an email address, with the link that the old address got.

use sea_orm::SqlErr;

use super::{AddressError, confirm::begin, repo};
use crate::{
    App,
    error::{AppError, Result},
    identity::{
        passkeys, passwords, secret,
        sessions::{self, Proved, Visitor},
        users,
    },
    live::Right,
};

/// Gives an account its old address back, whatever has become of it since. Somebody else may have
/// taken the account over, so all sessions end, the password and newer passkeys no longer work, and
/// other changes can be neither confirmed nor undone. The person then sets a new password with a link.
pub async fn undo_address_change(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::UNDO) {
        return Err(AddressError::Ended.into());
    }
    let now = app.clock().now();
    let row = repo::by_undo_hash(app, &secret::hash(token)).await?;
    let row = row
        .filter(|row| row.ended_at.is_none() && row.undo_until.is_some_and(|until| until > now))
        .ok_or(AddressError::Ended)?;
    let old = row.old_email.as_deref().ok_or(AddressError::Ended)?;
    let user = users::find(app, row.user_id).await?;
    let user = user.ok_or(AddressError::Ended)?;
    let orgs = passwords::organizations_of(app, &user).await?;
    let tx = begin(app, &orgs).await?;
    if !repo::end(&tx, row.id, now).await? {
        return Err(AddressError::Ended.into());
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
    // Also those of whoever changed the address.
    passkeys::delete_since(&tx, user.id, row.created_at).await?;
    sessions::end_all(&tx, app, user.id).await?;
    let who = Proved {
        user: user.id,
        name: &user.name,
        orgs: &orgs,
        by: "link to the old address",
        only_org: None,
    };
    sessions::note(&tx, app, "profile.email_change_undo", &who, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    Ok(())
}
