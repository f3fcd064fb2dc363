//! Signing in with an address and a password, and changing the own password.

mod device;
mod error;
mod guessing;
mod hash;

use std::sync::Arc;

use types::{OrgId, UserId};

pub(super) use device::{LASTS as DEVICE_LASTS, issue as issue_device};
pub use error::PasswordError;
use guessing::Guessing;
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
    organizations,
};
use hash::Purpose;

/// How often secrets may be tried in this process.
pub(super) fn guessing(app: &App) -> Arc<Guessing> {
    app.state()
}

/// Hashes and checks passwords, with slots that the whole process shares.
fn passwords(app: &App) -> Arc<Passwords> {
    app.state_or(|| Passwords::new(app.server_key().to_vec(), app.settings().password_cost))
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
    guessing(app).password(&email, visitor.address, known_device)?;
    let purpose = match known_device {
        Some(_) => Purpose::KnownDevice,
        None => Purpose::Stranger,
    };
    let known = !email.contains('\0') && email.len() <= 254;
    let user = if known {
        users::by_email(app, &email).await?
    } else {
        None
    };
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let fits = passwords(app).matches(password, hash, purpose).await?;
    let user = user.ok_or(PasswordError::Wrong)?;
    let memberships = organizations::memberships(app, user.id).await?;
    let orgs: Vec<OrgId> = memberships.iter().map(|m| OrgId(m.org_id)).collect();
    let who = Proved {
        user: user.id,
        name: &user.name,
        orgs: &orgs,
        by: "password",
    };
    let tx = app.db().begin(&orgs).await?;
    if !fits {
        sessions::note(&tx, app, "session.refused", &who, request_id).await?;
        tx.commit().await?;
        return Err(PasswordError::Wrong.into());
    }
    let mut signed_in = sessions::open(&tx, app, &who, request_id).await?;
    tx.commit().await?;
    let device = device::issue(app, &email, known_device)?;
    signed_in.device = Some((device, device::LASTS));
    Ok(signed_in)
}

/// Sets the own password and ends all other sessions. Who has one already must know it.
pub async fn set_password(ctx: &Ctx, current: Option<&str>, new: &str) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let id = users::person(ctx)?;
    let row = users::find(&ctx.app, id)
        .await?
        .ok_or_else(|| AppError::not_found("user"))?;
    if row.email.is_none() && row.email_wanted.is_none() {
        return Err(PasswordError::NoAddress.into());
    }
    if let Some(hash) = row.password_hash.as_deref() {
        guessing(&ctx.app).current(ctx.session.map_or(id, |session| session.0))?;
        let current = current.unwrap_or_default();
        let fits = passwords(&ctx.app)
            .matches(current, Some(hash), Purpose::Change)
            .await?;
        if !fits {
            let tx = ctx.begin().await?;
            let entry = Entry::new("profile.password_refused", "user", UserId(id));
            audit::write(&tx, ctx, entry).await?;
            tx.commit().await?;
            return Err(PasswordError::WrongCurrent.into());
        }
    }
    let hash = passwords(&ctx.app).hash(new).await?;
    let tx = ctx.begin().await?;
    if !users::set_password(&tx, id, row.password_hash, hash).await? {
        // Changed meanwhile: the password given is not the current one any more.
        return Err(PasswordError::WrongCurrent.into());
    }
    sessions::end_others(&tx, ctx, id).await?;
    audit::write(&tx, ctx, Entry::new("profile.password", "user", UserId(id))).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::User(id));
    Ok(())
}
