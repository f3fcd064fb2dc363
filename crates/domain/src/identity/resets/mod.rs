//! Resetting a forgotten password: a link that is sent to the account's address and works once, for
//! an hour.
//!
//! The request only enqueues a job, whatever the address, so its response and its time do not
//! reveal whether there is an account. The job creates the link (`send`); its token is stored as a
//! hash, and otherwise exists only in the sealed mail. The link does not sign anybody in.

pub mod entity;
mod error;
pub mod job;
mod repo;
#[cfg(test)]
mod tests;

use chrono::Duration;
use sha2::{Digest, Sha256};
use types::{JobId, OrgId, UserId};
use uuid::Uuid;

pub use error::ResetError;

use super::{
    api_keys, external_identities, passkeys, passwords, scim, secret,
    sessions::{self, Proved, Visitor},
    sso_enforcement, two_factor, users,
};
use crate::{
    App, Ctx,
    ctx::{Actor, ActorKind},
    error::Result,
    live::Right,
    mail::{self, Language, Letter, Outgoing},
    queue, text,
};

/// The lifetime of a link.
const LASTS: Duration = Duration::hours(1);

/// The largest number of links that are sent to one account in an hour. Further requests send
/// nothing, and the newest link stays valid.
const PER_HOUR: u64 = 5;

/// How the link reaches the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By email.
    Email,
    /// This server sends no mail: the link is in a file in the data folder, and the administrator
    /// passes it on.
    Folder,
}

impl Delivery {
    /// The name that the API shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Folder => "folder",
        }
    }
}

/// Requests a link for the account with this address. The result is the same whether or not there
/// is one.
pub async fn request_reset(
    app: &App,
    email: &str,
    language: Language,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<Delivery> {
    passwords::guessing(app).link(visitor.address)?;
    let email = text::email("email", email)?;
    let ctx = mail::server(app, request_id);
    let tx = ctx.begin().await?;
    let sending = job::SendReset { email, language };
    queue::enqueue(&tx, &ctx, &sending, std::time::Duration::ZERO).await?;
    tx.commit().await?;
    Ok(if mail::is_on(app) {
        Delivery::Email
    } else {
        Delivery::Folder
    })
}

/// Creates the link of a job and writes the mail that brings it.
async fn send(ctx: &Ctx, job: JobId, email: &str, language: Language) -> Result<()> {
    let Some(user) = users::by_email(&ctx.app, email).await? else {
        return Ok(());
    };
    // What the person has chosen counts more than what the browser of whoever asks says.
    let language = user.language().unwrap_or(language);
    let now = ctx.clock().now();
    if repo::count_since(&ctx.app, user.id, now - Duration::hours(1)).await? >= PER_HOUR {
        tracing::info!(user = %UserId(user.id), "no further link for a new password this hour");
        return Ok(());
    }
    let token = secret::new(secret::RESET);
    let row = entity::Model {
        id: job.0,
        user_id: user.id,
        token_hash: secret::hash(&token).to_vec(),
        email: email.to_owned(),
        password_sha256: fingerprint(user.password_hash.as_deref()),
        language: language.code().to_owned(),
        created_at: now,
        expires_at: now + LASTS,
        used_at: None,
    };
    let letter = Letter::PasswordReset {
        name: user.name,
        link: mail::link(&ctx.app, &format!("/reset-password#{token}")),
        minutes: LASTS.num_minutes(),
    };
    let tx = ctx.begin().await?;
    if !repo::insert(&tx, &row).await? {
        return Ok(());
    }
    // The mails of older links that are still on their way would bring links that do not work.
    for older in repo::unused(&tx, &ctx.app, user.id).await? {
        if older.id != row.id {
            mail::withdraw(&tx, ctx, older.id).await?;
        }
    }
    repo::end_others(&tx, user.id, row.id, now).await?;
    let outgoing = Outgoing {
        to: email,
        letter: &letter,
        language,
        about: row.id,
        expires_at: row.expires_at,
    };
    mail::post(&tx, ctx, outgoing).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the password of a link's account, ends all its sessions and tells the person by mail. The
/// link is then used up. If it is the first proof of the address, the address is verified, and
/// passkeys and connected accounts are removed that may be another person's.
pub async fn reset_password(
    app: &App,
    token: &str,
    new: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::RESET) {
        return Err(ResetError::Ended.into());
    }
    let found = repo::find(app, &secret::hash(token)).await?;
    let now = app.clock().now();
    let link = found
        .filter(|link| link.used_at.is_none() && link.expires_at > now)
        .ok_or(ResetError::Ended)?;
    let user = users::find(app, link.user_id).await?;
    let user = user
        .filter(|user| user.email.as_deref() == Some(&link.email))
        .filter(|user| fingerprint(user.password_hash.as_deref()) == link.password_sha256)
        .ok_or(ResetError::Ended)?;
    let hash = passwords::hash_new(app, new).await?;
    let orgs = passwords::organizations_of(app, &user).await?;
    let all: Vec<OrgId> = orgs.iter().copied().chain([OrgId::SERVER]).collect();
    let tx = app.db().begin(&all).await?;
    sso_enforcement::require_a_way_in(&tx, app, user.id, false).await?;
    if !repo::redeem(&tx, link.id, now).await? || !users::replace_password(&tx, &user, hash).await?
    {
        return Err(ResetError::Ended.into());
    }
    let mut keys = Vec::new();
    if user.email_verified_at.is_none() {
        // The first proof of the address: whoever entered it until now may have been somebody else.
        let ever = chrono::DateTime::UNIX_EPOCH;
        passkeys::delete_since(&tx, user.id, ever).await?;
        external_identities::delete_since(&tx, user.id, ever).await?;
        two_factor::delete_since(&tx, user.id, ever).await?;
        let actor = Actor::new(ActorKind::User, user.id, user.name.as_str());
        for org in &orgs {
            let who = (&actor, user.id, request_id);
            keys.extend(api_keys::revoke_since(&tx, app, *org, who, ever).await?);
        }
        users::prove_address(&tx, &user, &link.email, now).await?;
        scim::settle_soon(&tx, app, &orgs, request_id).await?;
    }
    repo::end_others(&tx, user.id, Uuid::nil(), now).await?;
    sessions::end_all(&tx, app, user.id).await?;
    let who = Proved::by("reset link", user.id, &user.name, &orgs);
    sessions::note(&tx, app, "profile.password_reset", &who, request_id).await?;
    let language = Language::parse(&link.language).unwrap_or_default();
    passwords::changed::tell(&tx, app, &user, language, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    for key in keys {
        app.drop_right(Right::ApiKey(key));
    }
    Ok(())
}

/// Identifies a stored password hash, or its absence.
fn fingerprint(hash: Option<&str>) -> Vec<u8> {
    Sha256::digest(hash.unwrap_or_default().as_bytes()).to_vec()
}
