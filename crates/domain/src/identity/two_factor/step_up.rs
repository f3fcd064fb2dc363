//! A fresh proof of identity by a signed-in person, before a dangerous change.
//!
//! [`Ctx::require_fresh_proof`] asks for it. The session continues with a new token, so that a copy
//! of the old one does not profit from the proof. The old token works for another minute, without
//! the proof, because requests with it may be on their way.

use serde_json::json;
use types::{SessionId, UserId};
use uuid::Uuid;

use super::{TwoFactorError, spend};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{
        passwords,
        sessions::{self, SessionError, SignedIn},
        users,
    },
    organizations,
};

/// What a signed-in person proves their identity with.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// Their password.
    Password(&'a str),
    /// A code of their authenticator app, or a recovery code.
    Code(&'a str),
}

impl<'a> Proof<'a> {
    /// The one that was given.
    ///
    /// # Errors
    /// `INVALID_INPUT` for neither and for both.
    pub fn one_of(password: Option<&'a str>, code: Option<&'a str>) -> Result<Self> {
        match (password, code) {
            (Some(password), None) => Ok(Self::Password(password)),
            (None, Some(code)) => Ok(Self::Code(code)),
            _ => Err(TwoFactorError::OneProof.into()),
        }
    }
}

/// Records a fresh proof of the caller's identity. Returns the session's new token.
pub async fn step_up(ctx: &Ctx, proof: Proof<'_>) -> Result<SignedIn> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let session = ctx.session.ok_or(SessionError::Unauthenticated)?;
    let user = users::person(ctx)?;
    let row = users::find(&ctx.app, user).await?;
    let row = row.ok_or_else(|| AppError::not_found("user"))?;
    let fits = match proof {
        Proof::Password(text) => passwords::is_own(ctx, &row, text).await?,
        Proof::Code(_) => {
            passwords::guessing(&ctx.app).code(user, Some(*session.0.as_bytes()))?;
            true
        }
    };
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    let by = match proof {
        Proof::Password(_) => fits.then_some("password"),
        Proof::Code(code) => spend(&tx, &ctx.app, user, code)
            .await?
            .map(super::Used::as_str),
    };
    let Some(by) = by else {
        let entry = Entry::new("session.step_up_refused", "user", UserId(user));
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        return Err(match proof {
            Proof::Password(_) => TwoFactorError::WrongPassword.into(),
            Proof::Code(_) => TwoFactorError::WrongCode.into(),
        });
    };
    let signed_in = proved_again(&tx, ctx, session, user, by).await?;
    tx.commit().await?;
    sessions::forget(ctx, session);
    Ok(signed_in)
}

/// Gives the session of a person who has proved their identity again a new token. Afterwards, call
/// [`sessions::forget`].
pub async fn proved_again(
    tx: &Tx,
    ctx: &Ctx,
    session: SessionId,
    user: Uuid,
    by: &str,
) -> Result<SignedIn> {
    let signed_in = sessions::renew(tx, ctx, session, user).await?;
    let entry = Entry::new("session.step_up", "session", session).detail(json!({ "by": by }));
    audit::write(tx, ctx, entry).await?;
    Ok(signed_in)
}
