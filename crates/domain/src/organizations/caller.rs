//! The caller of a change, as they are when it is written. What a request was authenticated with may be a
//! moment old: in between, the owner of the account may have taken it back, and everything that somebody
//! else had added. So a change that adds a way in holds the account first:
//!
//! - an address: requesting, verifying, sending again, cancelling a change, the first one of a profile
//!   (`identity::addresses`, `identity::users`);
//! - a password (`identity::passwords`), a passkey, added or removed (`identity::passkeys`), an authenticator
//!   app and its recovery codes (`identity::two_factor`), an account at a provider, connected or disconnected
//!   (`identity::sso_sign_in::connect`, `identity::external_identities`);
//! - what an application may do (`identity::oauth`: the answers to a browser and to a device);
//! - a new organization, and every change of rights, API keys, applications and tokens for provisioning
//!   among them (`OwnRights`).
//!
//! A session that opens without a caller compares the account with the one that was proved
//! (`identity::users::lock_unchanged`), or uses up in its transaction what proved it: a passkey's counter, a
//! connected account, a sign-in that waits, a link. A fresh proof is written to the session itself, if it is
//! still open.
//!
//! Whatever takes an account back changes the person's row first, or locks it (`identity::users::lock`),
//! then removes ways in, and ends the sessions last. Whatever ends only sessions ends them before what
//! depends on them.

use types::{ErrorCode, SessionId};
use uuid::Uuid;

use super::{lock, repo, rights_of_member};
use crate::{
    Ctx, Tx,
    error::{AppError, Result},
};

/// Holds the caller's account and session for a change: nothing can end them until the transaction ends.
/// Callers without a session, which are no people, need nothing.
///
/// # Errors
/// `UNAUTHENTICATED` if the session has ended.
pub(crate) async fn hold_caller(tx: &Tx, ctx: &Ctx) -> Result<()> {
    match (ctx.session, ctx.actor.id) {
        (Some(session), Some(user)) => hold_session(tx, session, user).await,
        _ => Ok(()),
    }
}

/// Like [`hold_caller`], of a session that is known without a context.
///
/// # Errors
/// `UNAUTHENTICATED` if the session has ended.
pub(crate) async fn hold_session(tx: &Tx, session: SessionId, user: Uuid) -> Result<()> {
    match repo::hold_session(tx, session, user).await? {
        true => Ok(()),
        false => Err(AppError::new(
            ErrorCode::Unauthenticated,
            "Your session ended a moment ago; sign in again",
        )),
    }
}

/// Like [`hold_caller`], for what depends on the caller's membership: it cannot end either.
///
/// # Errors
/// `UNAUTHENTICATED` if the session has ended, `NOT_FOUND` if the membership has.
pub(crate) async fn hold_member(tx: &Tx, ctx: &Ctx) -> Result<()> {
    lock(tx, ctx.org).await?;
    let caller = ctx.actor.id.unwrap_or(Uuid::nil());
    let rights = rights_of_member(tx, ctx.clock(), ctx.org, caller).await?;
    rights.ok_or_else(|| AppError::not_found("organization"))?;
    hold_caller(tx, ctx).await
}
