//! Email addresses of accounts: verifying one, and changing it.
//!
//! A change takes effect when the new address has confirmed and, if it was verified, the old one
//! (`confirm`). Until then it is only a row here: the person signs in with the old address, and
//! nothing that depends on an address looks at the new one. Afterwards the old address can undo the
//! change for [`UNDO`] (`undo`). The links are sent by mail; their tokens are stored as hashes.
//!
//! Whether another account has the new address makes no difference to who asks: the mail to it has
//! no link then.

mod at_sign_in;
mod confirm;
pub mod entity;
mod error;
mod letters;
mod repo;
#[cfg(test)]
mod tests;
mod undo;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use types::{OrgId, UserId};
use uuid::Uuid;

pub(super) use at_sign_in::ask as ask_at_sign_in;
pub use confirm::{
    AddressPreview, Confirmed, Side, confirm_address, preview_address, refuse_address,
};
pub use error::AddressError;
pub use undo::undo_address_change;

use super::{secret, sso_enforcement, users};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    mail::{self, Language},
    organizations, text,
};
use letters::{Letters, Tokens};

/// How long a change can be confirmed.
const LASTS: Duration = Duration::hours(24);

/// How long a change can be undone.
pub const UNDO: Duration = Duration::days(7);

/// The largest number of changes that a person can request in an hour.
const PER_HOUR: u64 = 5;

/// How often the mails of one change are sent.
const MOST_SENT: i64 = 5;

/// A change of the caller's address that waits for confirmations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    /// The new address; for a verification, the address that they have.
    pub email: String,
    /// Whether it is only a verification of the address that they have.
    pub is_verification: bool,
    /// Whether the new address has confirmed.
    pub new_confirmed: bool,
    /// Whether the old address has confirmed; `None` if it need not.
    pub old_confirmed: Option<bool>,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

impl From<entity::Model> for AddressChange {
    fn from(row: entity::Model) -> Self {
        Self {
            is_verification: row.old_email.is_none(),
            email: row.new_email,
            new_confirmed: row.new_confirmed_at.is_some(),
            old_confirmed: row.needs_old.then_some(row.old_confirmed_at.is_some()),
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// The caller's change that waits for confirmations, if there is one.
pub async fn address_change(ctx: &Ctx) -> Result<Option<AddressChange>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    if ctx.limited {
        return Ok(None);
    }
    Ok(pending(ctx, users::person(ctx)?).await?.map(Into::into))
}

/// The change that a session of the person requested. The proof that single sign-on asks for is not
/// theirs to see, to send again or to end: they may not be the owner of the address.
async fn pending(ctx: &Ctx, user: Uuid) -> Result<Option<entity::Model>> {
    let row = repo::open(&ctx.app, user, false).await?;
    Ok(row.filter(|row| row.expires_at > ctx.clock().now()))
}

/// Requests a change of the caller's address, and sends links to both addresses. Replaces a change
/// that waits. The result is the same whether or not another account has the new address.
pub async fn change_address(ctx: &Ctx, email: &str, language: Language) -> Result<AddressChange> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    ctx.require_fresh_proof()?;
    let email = text::email("email", email)?;
    mail::check_address("email", &email)?;
    let user = own_row(ctx).await?;
    if user.email.as_ref() == Some(&email) {
        return Err(AddressError::Same.into());
    }
    let tx = ctx.begin().await?;
    sso_enforcement::require_changeable_address(&tx, &ctx.app, user.id).await?;
    tx.rollback().await?;
    request(ctx, &user, &email, language).await
}

/// Sends a link that verifies the caller's address.
pub async fn verify_address(ctx: &Ctx, language: Language) -> Result<AddressChange> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    let user = own_row(ctx).await?;
    let email = user.email.clone().or_else(|| user.email_wanted.clone());
    let email = email.ok_or(AddressError::NoAddress)?;
    if user.email_verified_at.is_some() {
        return Err(AddressError::Verified.into());
    }
    request(ctx, &user, &email, language).await
}

async fn request(
    ctx: &Ctx,
    user: &users::entity::Model,
    email: &str,
    language: Language,
) -> Result<AddressChange> {
    let (app, now) = (&ctx.app, ctx.clock().now());
    let since = now - Duration::hours(1);
    if repo::count_since(app, user.id, false, since).await? >= PER_HOUR {
        return Err(AddressError::TooMany.into());
    }
    let taken = is_taken(ctx, user, email).await?;
    let old_email = user.email.clone().filter(|old| old != email);
    let tokens = new_tokens(old_email.is_some());
    let row = entity::Model {
        id: ctx.clock().new_uuid(),
        user_id: user.id,
        needs_old: old_email.is_some() && user.email_verified_at.is_some(),
        old_email,
        new_email: email.to_owned(),
        old_hash: tokens.old.as_deref().map(hash),
        new_hash: hash(&tokens.new),
        undo_hash: None,
        old_confirmed_at: None,
        new_confirmed_at: None,
        password_sha256: fingerprint(user),
        session_id: ctx.session.map(|session| session.0),
        at_sign_in: false,
        language: user.language().unwrap_or(language).code().to_owned(),
        sent: 1,
        created_at: now,
        expires_at: now + LASTS,
        applied_at: None,
        undo_until: None,
        ended_at: None,
    };
    let tx = begin(ctx).await?;
    if row.old_email.is_none() {
        require_no_proof(&tx, ctx, user.id).await?;
    }
    end_open(&tx, ctx, user.id).await?;
    repo::insert(&tx, &row).await?;
    letters(ctx, &row, &user.name)
        .ask(&tx, &tokens, taken)
        .await?;
    note(&tx, ctx, "profile.email_change_request", &row).await?;
    tx.commit().await?;
    Ok(row.into())
}

/// Sends the mails of the caller's change again, with new links. Older ones no longer work. A side
/// that has confirmed stays confirmed.
pub async fn resend_address_change(ctx: &Ctx) -> Result<AddressChange> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    let user = own_row(ctx).await?;
    let old = pending(ctx, user.id)
        .await?
        .ok_or(AddressError::NonePending)?;
    if old.sent >= MOST_SENT {
        return Err(AddressError::SentOften.into());
    }
    let taken = is_taken(ctx, &user, &old.new_email).await?;
    let tokens = new_tokens(old.old_hash.is_some());
    let row = entity::Model {
        old_hash: tokens.old.as_deref().map(hash),
        new_hash: hash(&tokens.new),
        sent: old.sent + 1,
        expires_at: ctx.clock().now() + LASTS,
        ..old.clone()
    };
    let tx = begin(ctx).await?;
    if row.old_email.is_none() {
        require_no_proof(&tx, ctx, user.id).await?;
    }
    if !repo::renew(&tx, &old, &row).await? {
        return Err(AddressError::NonePending.into());
    }
    let letters = letters(ctx, &row, &user.name);
    letters.withdraw(&tx).await?;
    letters.ask(&tx, &tokens, taken).await?;
    note(&tx, ctx, "profile.email_change_resend", &row).await?;
    tx.commit().await?;
    Ok(row.into())
}

/// Cancels the caller's change. Its links no longer work.
pub async fn cancel_address_change(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    let user = users::person(ctx)?;
    let row = pending(ctx, user).await?.ok_or(AddressError::NonePending)?;
    let tx = begin(ctx).await?;
    end_open(&tx, ctx, user).await?;
    note(&tx, ctx, "profile.email_change_cancel", &row).await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a change by the caller, whose session is still open.
async fn begin(ctx: &Ctx) -> Result<crate::Tx> {
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_caller(&tx, ctx).await?;
    Ok(tx)
}

/// Refuses a link that only verifies the address while single sign-on waits for a proof of it: the owner of
/// the address could take the one for the other, and leave the account with whoever entered the address.
async fn require_no_proof(tx: &crate::Tx, ctx: &Ctx, user: Uuid) -> Result<()> {
    let now = ctx.clock().now();
    let open = repo::all_open(tx, &ctx.app, user).await?;
    match open
        .iter()
        .any(|row| row.at_sign_in && row.expires_at > now)
    {
        true => Err(AddressError::ProofPending.into()),
        false => Ok(()),
    }
}

/// Ends the changes that the person's sessions requested and that wait, with their mails. The proof that
/// single sign-on asks for stays.
async fn end_open(tx: &crate::Tx, ctx: &Ctx, user: Uuid) -> Result<()> {
    let open = repo::all_open(tx, &ctx.app, user).await?;
    for row in open.into_iter().filter(|row| !row.at_sign_in) {
        repo::end(tx, row.id, ctx.clock().now()).await?;
        letters(ctx, &row, "").withdraw(tx).await?;
    }
    Ok(())
}

async fn note(tx: &crate::Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let entry = Entry::new(action, "user", UserId(row.user_id))
        .detail(json!({ "from": row.old_email, "to": row.new_email }));
    Ok(audit::write(tx, ctx, entry).await?)
}

async fn own_row(ctx: &Ctx) -> Result<users::entity::Model> {
    let row = users::find(&ctx.app, users::person(ctx)?).await?;
    row.ok_or_else(|| AppError::not_found("user"))
}

/// Whether another account has an address.
async fn is_taken(ctx: &Ctx, user: &users::entity::Model, email: &str) -> Result<bool> {
    let other = users::by_email(&ctx.app, email).await?;
    Ok(other.is_some_and(|other| other.id != user.id))
}

fn letters<'a>(ctx: &'a Ctx, row: &'a entity::Model, name: &'a str) -> Letters<'a> {
    Letters {
        app: &ctx.app,
        row,
        name,
        request_id: &ctx.request_id,
    }
}

fn new_tokens(old: bool) -> Tokens {
    Tokens {
        new: secret::new(secret::ADDRESS),
        old: old.then(|| secret::new(secret::ADDRESS)),
    }
}

fn hash(token: &str) -> Vec<u8> {
    secret::hash(token).to_vec()
}

/// Identifies a person's stored password hash, or its absence.
fn fingerprint(user: &users::entity::Model) -> Vec<u8> {
    let hash = user.password_hash.as_deref().unwrap_or_default();
    Sha256::digest(hash.as_bytes()).to_vec()
}
