//! Signing in with an email address and a password, and changing one's own password.

pub(super) mod changed;
mod common;
mod device;
mod error;
mod guessing;
mod hash;

use std::sync::Arc;

use types::{OrgId, UserId};

pub(super) use device::{LASTS as DEVICE_LASTS, issue as issue_device, known as known_device};
pub use error::PasswordError;
use guessing::RateLimits;
use hash::Passwords;

use super::{
    sessions::{self, Proved, SignedIn, Visitor},
    users,
};
use crate::{
    App, Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    mail::Language,
    organizations,
};
use hash::Purpose;

/// The field with a new password, except of a new account.
const NEW: &str = "newPassword";

/// The process's rate limits for attempts to guess secrets.
pub(super) fn guessing(app: &App) -> Arc<RateLimits> {
    app.state()
}

/// The process's password hasher, with slots that all requests share.
fn passwords(app: &App) -> Arc<Passwords> {
    app.state_or(|| Passwords::new(app.server_key().to_vec(), app.settings().password_cost))
}

/// Signs a person in with an email address and a password. Takes the same time for an unknown
/// address.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let email = email.trim().to_lowercase();
    let device = try_for(app, &email, visitor)?;
    let user = account(app, &email).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let fits = passwords(app)
        .matches(password, hash, purpose(device))
        .await?;
    let user = user.ok_or(PasswordError::Wrong)?;
    if !fits {
        return Err(refused(app, user, request_id));
    }
    let orgs = organizations_of(app, &user).await?;
    let tx = app.db().begin(&orgs).await?;
    if !users::lock_unchanged(&tx, app, &user).await? {
        return Err(PasswordError::Wrong.into());
    }
    let who = proved(&user, &orgs);
    let mut signed_in = sessions::open(&tx, app, &who, visitor, request_id).await?;
    tx.commit().await?;
    let device = device::issue(app, &email, device)?;
    signed_in.device = Some((device, device::LASTS));
    Ok(signed_in)
}

/// The account with an email address.
pub(super) enum Account {
    /// An existing account, whose password was right.
    Known(users::entity::Model),
    /// No account has the address, so a new one can be created.
    Free {
        /// The hash of the password, for the new account.
        hash: String,
    },
}

/// Checks the password of the account with this address, or, if there is none, hashes the password
/// for a new account. One password is hashed in either case, so the time does not reveal which it
/// was. A password that no new account could have is refused in either case, too: whoever has such an
/// old one signs in first.
pub(super) async fn prove_or_hash(
    app: &App,
    email: &str,
    password: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<Account> {
    let device = try_for(app, email, visitor)?;
    hash::check_new("password", password)?;
    let Some(user) = account(app, email).await? else {
        let hash = passwords(app).hash("password", password).await?;
        return Ok(Account::Free { hash });
    };
    let hash = user.password_hash.as_deref();
    if passwords(app)
        .matches(password, hash, purpose(device))
        .await?
    {
        return Ok(Account::Known(user));
    }
    Err(refused(app, user, request_id))
}

/// Hashes a new password.
///
/// # Errors
/// `INVALID_INPUT` for one that is too short or too long.
pub(super) async fn hash_new(app: &App, password: &str) -> Result<String> {
    passwords(app).hash(NEW, password).await
}

/// Whether a password is the one with this hash, which belongs to no account yet.
pub(super) async fn fits(app: &App, password: &str, hash: &str) -> Result<bool> {
    passwords(app)
        .matches(password, Some(hash), Purpose::Stranger)
        .await
}

/// Records a wrong password, after the answer: there is nothing to record for an unknown address, and the
/// time would tell. Returns the error.
fn refused(app: &App, user: users::entity::Model, request_id: &str) -> AppError {
    let (own, request_id) = (app.clone(), request_id.to_owned());
    app.afterwards(async move {
        if let Err(error) = note_refusal(&own, &user, &request_id).await {
            tracing::error!(request_id, %error, "a wrong password is missing in the audit log");
        }
    });
    PasswordError::Wrong.into()
}

/// Records a wrong password in the audit log of each of the account's organizations.
async fn note_refusal(app: &App, user: &users::entity::Model, request_id: &str) -> Result<()> {
    let orgs = organizations_of(app, user).await?;
    let tx = app.db().begin(&orgs).await?;
    let who = proved(user, &orgs);
    sessions::note(&tx, app, "session.refused", &who, request_id).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn organizations_of(app: &App, user: &users::entity::Model) -> Result<Vec<OrgId>> {
    let memberships = organizations::memberships(app, user.id).await?;
    Ok(memberships.iter().map(|m| OrgId(m.org_id)).collect())
}

fn proved<'a>(user: &'a users::entity::Model, orgs: &'a [OrgId]) -> Proved<'a> {
    Proved::by("password", user.id, &user.name, orgs)
}

/// Counts an attempt for an account. Returns the device, if the account knows it.
fn try_for(app: &App, email: &str, visitor: Visitor<'_>) -> Result<Option<[u8; 16]>> {
    let device = visitor
        .device
        .and_then(|text| device::known(app, email, text));
    guessing(app).password(email, visitor.address, device)?;
    Ok(device)
}

const fn purpose(device: Option<[u8; 16]>) -> Purpose {
    match device {
        Some(_) => Purpose::KnownDevice,
        None => Purpose::Stranger,
    }
}

/// The account with this address, which may be any text that a person typed.
async fn account(app: &App, email: &str) -> Result<Option<users::entity::Model>> {
    if email.contains('\0') || email.len() > 254 {
        return Ok(None);
    }
    Ok(users::by_email(app, email).await?)
}

/// Whether this is the password of the calling person, whose row is given.
pub(super) async fn is_own(ctx: &Ctx, row: &users::entity::Model, password: &str) -> Result<bool> {
    // Whoever runs a provider can open any number of limited sessions, so these share a limit.
    let session = ctx.session.filter(|_| !ctx.limited);
    guessing(&ctx.app).current(session.map_or(row.id, |session| session.0))?;
    let hash = row.password_hash.as_deref();
    passwords(&ctx.app)
        .matches(password, hash, Purpose::Change)
        .await
}

/// Sets the caller's password and ends all their other sessions. `current` is required if they
/// already have a password.
pub async fn set_password(ctx: &Ctx, current: Option<&str>, new: &str) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    let id = users::person(ctx)?;
    let row = users::find(&ctx.app, id)
        .await?
        .ok_or_else(|| AppError::not_found("user"))?;
    if row.email.is_none() && row.email_wanted.is_none() {
        return Err(PasswordError::NoAddress.into());
    }
    if row.password_hash.is_none() {
        // Without a current password, nothing else proves who this is.
        ctx.require_fresh_proof()?;
    } else if !is_own(ctx, &row, current.unwrap_or_default()).await? {
        let tx = ctx.begin().await?;
        let entry = Entry::new("profile.password_refused", "user", UserId(id));
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        return Err(PasswordError::WrongCurrent.into());
    }
    let hash = passwords(&ctx.app).hash(NEW, new).await?;
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_caller(&tx, ctx).await?;
    if !users::set_password(&tx, id, row.password_hash.clone(), hash).await? {
        // The password was changed in the meantime, so `current` is no longer the current one.
        return Err(PasswordError::WrongCurrent.into());
    }
    sessions::end_others(&tx, ctx, id).await?;
    audit::write(&tx, ctx, Entry::new("profile.password", "user", UserId(id))).await?;
    if row.password_hash.is_some() {
        changed::tell(&tx, &ctx.app, &row, Language::default(), &ctx.request_id).await?;
    }
    tx.commit().await?;
    ctx.app.drop_right(Right::User(id));
    Ok(())
}
