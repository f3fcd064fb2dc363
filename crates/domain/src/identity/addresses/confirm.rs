//! Confirming a change of an email address, or refusing it, with a link. Nobody need be signed in:
//! the link proves who reads the mail of an address.

use chrono::{DateTime, Utc};
use sea_orm::SqlErr;
use types::OrgId;

use super::{AddressError, UNDO, at_sign_in, entity::Model, fingerprint, letters::Letters, repo};
use crate::{
    App, Tx,
    error::{AppError, Result},
    identity::{
        passwords, scim, secret,
        sessions::{self, Proved, Visitor},
        sso_enforcement, users,
    },
    live::Right,
};

/// The address to which a link was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The address that the person has.
    Old,
    /// The address that they want, or that they verify.
    New,
}

/// What a link is about, before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressPreview {
    /// The address to which the link was sent.
    pub side: Side,
    /// The address before the change; `None` for a verification.
    pub old_email: Option<String>,
    /// The address after it.
    pub new_email: String,
    /// Whether the change waits for the address to which the link was sent. An old address that was never
    /// verified can only refuse.
    pub needed: bool,
    /// Whether single sign-on asked for the proof: without a session of the account, it takes from the
    /// account what somebody else may have added.
    pub at_sign_in: bool,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// What a confirmation led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The address is changed, or verified.
    Done,
    /// The other address has to confirm too.
    WaitsFor(Side),
}

/// A change that its link can still confirm.
struct Found {
    row: Model,
    side: Side,
    user: users::entity::Model,
}

/// What a link is about.
pub async fn preview_address(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
) -> Result<AddressPreview> {
    let Found { row, side, .. } = find(app, token, visitor).await?;
    Ok(AddressPreview {
        side,
        needed: side == Side::New || row.needs_old,
        at_sign_in: row.at_sign_in,
        old_email: row.old_email,
        new_email: row.new_email,
        expires_at: row.expires_at,
    })
}

/// Confirms a change for the address to which the link was sent. With the last confirmation that is
/// needed, the change takes effect: all sessions of the person end but the one that requested it,
/// and the old address gets a link that undoes it. `session` is that of the browser, if there is one.
pub async fn confirm_address(
    app: &App,
    token: &str,
    session: Option<&str>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<Confirmed> {
    let Found { row, side, user } = find(app, token, visitor).await?;
    let now = app.clock().now();
    let orgs = passwords::organizations_of(app, &user).await?;
    let reclaims = row.at_sign_in && !at_sign_in::is_own(app, user.id, session).await;
    let tx = begin(app, &orgs).await?;
    // Read again: the password or the address may have changed since, also by another such link.
    users::lock(&tx, user.id).await?;
    let user = users::find_in(tx.conn(), app, user.id).await?;
    let user = user
        .filter(|user| is_as_requested(&row, user))
        .ok_or(AddressError::Ended)?;
    let marked = match side {
        Side::Old => repo::confirm_old(&tx, row.id, now).await?,
        Side::New => repo::confirm_new(&tx, row.id, now).await?,
    };
    if !marked {
        return Err(AddressError::Ended.into());
    }
    // Read after the row was locked by the update: the other side may confirm at the same time.
    let row = repo::find_in(&tx, app, row.id).await?;
    let row = row.ok_or(AddressError::Ended)?;
    let waits_for = match (row.new_confirmed_at, row.old_confirmed_at) {
        (None, _) => Some(Side::New),
        (_, None) if row.needs_old => Some(Side::Old),
        _ => None,
    };
    let who = Proved::by(proof(side), user.id, &user.name, &orgs);
    let action = match (waits_for, &row.old_email) {
        (Some(_), _) => "profile.email_confirm",
        (None, None) => "profile.email_verify",
        (None, Some(_)) => "profile.email_change",
    };
    let mut keys = Vec::new();
    if waits_for.is_none() {
        if row.old_email.is_some() {
            sso_enforcement::require_changeable_address(&tx, app, user.id).await?;
        }
        apply(&tx, app, &row, &user, request_id).await?;
        if reclaims {
            keys = at_sign_in::reclaim(&tx, app, &user, &orgs, request_id).await?;
        }
        scim::settle_soon(&tx, app, &orgs, request_id).await?;
    }
    sessions::note(&tx, app, action, &who, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    for key in keys {
        app.drop_right(Right::ApiKey(key));
    }
    Ok(waits_for.map_or(Confirmed::Done, Confirmed::WaitsFor))
}

async fn apply(
    tx: &Tx,
    app: &App,
    row: &Model,
    user: &users::entity::Model,
    request_id: &str,
) -> Result<()> {
    let now = app.clock().now();
    let written = users::prove_address(tx, user, &row.new_email, now).await;
    let written = written.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => AddressError::Taken.into(),
        _ => AppError::from(error),
    })?;
    if !written {
        return Err(AddressError::Ended.into());
    }
    let letters = Letters {
        app,
        row,
        name: &user.name,
        request_id,
    };
    letters.withdraw(tx).await?;
    let Some(old) = &row.old_email else {
        return Ok(repo::applied(tx, row.id, None, now).await?);
    };
    let (token, until) = (secret::new(secret::UNDO), now + UNDO);
    repo::applied(tx, row.id, Some((secret::hash(&token), until)), now).await?;
    letters.tell(tx, old, (&token, until)).await?;
    sessions::end_all_but(tx, app, user.id, row.session_id).await
}

/// Refuses a change with the link to the old address. Whoever asked for it has proved to be the
/// person, so all sessions end too.
pub async fn refuse_address(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    let Found { row, side, user } = find(app, token, visitor).await?;
    let now = app.clock().now();
    let orgs = passwords::organizations_of(app, &user).await?;
    let tx = begin(app, &orgs).await?;
    if !repo::end(&tx, row.id, now).await? {
        return Err(AddressError::Ended.into());
    }
    let letters = Letters {
        app,
        row: &row,
        name: &user.name,
        request_id,
    };
    letters.withdraw(&tx).await?;
    // Who reads the mail of an address that is merely wanted can keep it out, and no more.
    if side == Side::Old {
        sessions::end_all(&tx, app, user.id).await?;
    }
    let who = Proved::by(proof(side), user.id, &user.name, &orgs);
    sessions::note(&tx, app, "profile.email_change_refuse", &who, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    Ok(())
}

/// Begins a transaction for the person's audit rows and for the mails.
pub(super) async fn begin(app: &App, orgs: &[OrgId]) -> Result<Tx> {
    let all: Vec<OrgId> = orgs.iter().copied().chain([OrgId::SERVER]).collect();
    Ok(app.db().begin(&all).await?)
}

/// The change that a link can confirm: it waits for this side, and the person has the address and
/// the password with which they requested it. A proof that single sign-on asks for does not depend on the
/// password, which whoever else entered the address could change; it ends when the address is verified.
async fn find(app: &App, token: &str, visitor: Visitor<'_>) -> Result<Found> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::ADDRESS) {
        return Err(AddressError::Ended.into());
    }
    let hash = secret::hash(token);
    let row = repo::by_hash(app, &hash)
        .await?
        .ok_or(AddressError::Ended)?;
    let side = match row.old_hash.as_deref() == Some(hash.as_slice()) {
        true => Side::Old,
        false => Side::New,
    };
    let confirmed = match side {
        Side::Old => row.old_confirmed_at,
        Side::New => row.new_confirmed_at,
    };
    let open = row.applied_at.is_none() && row.ended_at.is_none() && confirmed.is_none();
    if !open || row.expires_at <= app.clock().now() {
        return Err(AddressError::Ended.into());
    }
    let user = users::find(app, row.user_id).await?;
    let user = user
        .filter(|user| is_as_requested(&row, user))
        .ok_or(AddressError::Ended)?;
    Ok(Found { row, side, user })
}

/// Whether the account is still as it was when the link was sent.
fn is_as_requested(row: &Model, user: &users::entity::Model) -> bool {
    let has_address = match (&user.email, &row.old_email) {
        (Some(own), Some(old)) => own == old,
        (Some(own), None) => *own == row.new_email,
        (None, old) => old.is_none(),
    };
    has_address
        && match row.at_sign_in {
            true => user.email_verified_at.is_none(),
            false => fingerprint(user) == row.password_sha256,
        }
}

/// What somebody with the link of a side has proved.
const fn proof(side: Side) -> &'static str {
    match side {
        Side::Old => "link to the old address",
        Side::New => "link to the new address",
    }
}
