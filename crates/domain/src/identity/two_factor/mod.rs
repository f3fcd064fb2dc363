//! The second factor: an authenticator app, whose codes are entered after the password, and recovery
//! codes in case the app is lost.
//!
//! `sessions::open` holds back the session of a person with an app, whatever proof came first
//! (`second_step`). The same codes, or the password, prove a signed-in person's identity again
//! before a dangerous change (`step_up`). API keys are not affected.

mod authenticator;
pub mod entity;
mod error;
mod keys;
mod recovery;
mod repo;
mod reset;
mod second_step;
mod step_up;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};
use types::{OrgId, UserId};
use uuid::Uuid;

pub use authenticator::Enrolment;
pub use error::TwoFactorError;
pub(super) use repo::{delete_since, end_all_pending, end_pending, end_pending_of_provider};
pub use reset::{SecondFactor, reset_second_factor, second_factor_of};
pub use second_step::complete_sign_in;
pub(super) use second_step::{hold, is_on, waiting};
pub(super) use step_up::proved_again;
pub use step_up::{Proof, step_up};

use super::{notices, passwords, users};
use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    mail::{self, Letter},
    organizations,
};

/// How long set-up may take, from the secret to its first code.
const SET_UP: Duration = Duration::hours(1);

/// The state of a person's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoFactor {
    /// Since when it is on; `None`: it is off.
    pub on_since: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    pub recovery_codes_left: u64,
}

/// The state of the caller's second factor.
pub async fn two_factor(ctx: &Ctx) -> Result<TwoFactor> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let row = repo::find(&ctx.app, user).await?;
    let on_since = row.and_then(|row| row.confirmed_at);
    Ok(TwoFactor {
        on_since,
        recovery_codes_left: match on_since {
            Some(_) => repo::codes_left(&ctx.app, user).await?,
            None => 0,
        },
    })
}

/// Creates the secret of a new authenticator app. It counts for nothing until [`confirm`].
pub async fn begin_two_factor(ctx: &Ctx) -> Result<Enrolment> {
    let user = users::proved_person(ctx).await?;
    let row = users::find(&ctx.app, user).await?;
    let row = row.ok_or_else(|| AppError::not_found("user"))?;
    let secret = authenticator::new_secret();
    let sealed = keys::seal(&ctx.app, user, &secret)?;
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    if !repo::begin(&tx, user, sealed, ctx.clock().now()).await? {
        return Err(TwoFactorError::AlreadyOn.into());
    }
    note(&tx, ctx, "two_factor.begin", user).await?;
    tx.commit().await?;
    authenticator::enrolment(&secret, row.email.as_deref().unwrap_or(&row.name))
}

/// Turns the second factor on, with the first code of the app. Returns the recovery codes, which are
/// not stored.
pub async fn confirm_two_factor(ctx: &Ctx, code: &str) -> Result<Vec<String>> {
    let user = users::proved_person(ctx).await?;
    passwords::guessing(&ctx.app).code(user, None)?;
    let now = ctx.clock().now();
    let row = repo::find(&ctx.app, user).await?;
    let row = row.ok_or(TwoFactorError::NotBegun)?;
    if row.confirmed_at.is_some() {
        return Err(TwoFactorError::AlreadyOn.into());
    }
    if now - row.created_at > SET_UP {
        return Err(TwoFactorError::NotBegun.into());
    }
    let secret = keys::open(&ctx.app, user, &row.secret)?;
    let step = authenticator::step_of(&secret, &typed(code), now)?;
    let step = step.ok_or(TwoFactorError::WrongCode)?;
    let tx = begin(ctx).await?;
    if !repo::confirm(&tx, user, row.secret, (step, now)).await? {
        return Err(TwoFactorError::NotBegun.into());
    }
    let codes = new_codes(&tx, &ctx.app, user).await?;
    note(&tx, ctx, "two_factor.enable", user).await?;
    tell(&tx, ctx, user, &changed(ctx, true)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns the second factor off, and deletes the recovery codes.
pub async fn disable_two_factor(ctx: &Ctx) -> Result<()> {
    let user = users::proved_person(ctx).await?;
    let tx = begin(ctx).await?;
    if !repo::delete(&tx, user).await? {
        return Err(TwoFactorError::Off.into());
    }
    note(&tx, ctx, "two_factor.disable", user).await?;
    tell(&tx, ctx, user, &changed(ctx, false)).await?;
    tx.commit().await?;
    Ok(())
}

/// Replaces the recovery codes, used or not.
pub async fn renew_recovery_codes(ctx: &Ctx) -> Result<Vec<String>> {
    let user = users::proved_person(ctx).await?;
    let tx = begin(ctx).await?;
    if !is_on(&tx, &ctx.app, user).await? {
        return Err(TwoFactorError::Off.into());
    }
    let codes = new_codes(&tx, &ctx.app, user).await?;
    note(&tx, ctx, "two_factor.renew_recovery_codes", user).await?;
    let letter = Letter::RecoveryCodesRenewed {
        name: ctx.actor.name.to_string(),
        at: notices::time(&ctx.app),
        link: mail::link(&ctx.app, notices::SETTINGS),
    };
    tell(&tx, ctx, user, &letter).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Begins a change that the person gets a mail about, and whose session is still open.
async fn begin(ctx: &Ctx) -> Result<Tx> {
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_caller(&tx, ctx).await?;
    Ok(tx)
}

/// The letter that the second factor was turned on or off.
fn changed(ctx: &Ctx, on: bool) -> Letter {
    Letter::SecondFactorChanged {
        name: ctx.actor.name.to_string(),
        on,
        at: notices::time(&ctx.app),
        link: mail::link(&ctx.app, notices::SETTINGS),
    }
}

async fn tell(tx: &Tx, ctx: &Ctx, user: Uuid, letter: &Letter) -> Result<()> {
    notices::tell(tx, &ctx.app, user, letter, &ctx.request_id).await
}

async fn new_codes(tx: &Tx, app: &App, user: Uuid) -> Result<Vec<String>> {
    let codes = recovery::new_codes();
    let mut hashes = Vec::with_capacity(codes.len());
    for code in &codes {
        let code = recovery::normalized(code)
            .ok_or_else(|| AppError::internal("a recovery code that is none"))?;
        hashes.push(keys::hash(app, user, &code)?);
    }
    repo::replace_codes(tx, user, &hashes).await?;
    Ok(codes)
}

async fn note(tx: &Tx, ctx: &Ctx, action: &str, user: Uuid) -> Result<()> {
    Ok(audit::write(tx, ctx, Entry::new(action, "user", UserId(user))).await?)
}

/// What an accepted code was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    /// A code of the app.
    Code,
    /// A recovery code.
    RecoveryCode,
}

impl Used {
    const fn as_str(self) -> &'static str {
        match self {
            Used::Code => "code",
            Used::RecoveryCode => "recovery code",
        }
    }
}

/// Uses up a code of the app or a recovery code, in the caller's transaction. Of two transactions
/// with the same code, one gets `None`.
async fn spend(tx: &Tx, app: &App, user: Uuid, text: &str) -> Result<Option<Used>> {
    let Some(row) = repo::confirmed(tx, app, user).await? else {
        return Ok(None);
    };
    let now = app.clock().now();
    let secret = keys::open(app, user, &row.secret)?;
    if let Some(step) = authenticator::step_of(&secret, &typed(text), now)? {
        let accepted = repo::accept_step(tx, user, step).await?;
        return Ok(accepted.then_some(Used::Code));
    }
    let Some(code) = recovery::normalized(text) else {
        return Ok(None);
    };
    let accepted = repo::use_code(tx, user, keys::hash(app, user, &code)?, now).await?;
    Ok(accepted.then_some(Used::RecoveryCode))
}

/// A code without the blanks that apps show in its middle.
fn typed(code: &str) -> String {
    code.chars().filter(|c| *c != ' ').take(16).collect()
}
