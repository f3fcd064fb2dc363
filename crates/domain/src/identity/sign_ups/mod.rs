//! Signing up on a server that is open to strangers: an account and an organization of its own, once a
//! link was opened that is sent to the address.
//!
//! The request hashes the password, stores what was entered and enqueues a job, whatever the address, so
//! its response and its time do not reveal whether there is an account. The job (`send`) decides which
//! letter is written. Nothing that was entered stands in it, so nobody sends texts of their own to
//! strangers.
//!
//! Somebody could sign up with the address of another person and hope that this person opens the link:
//! they would then use an account whose password somebody else knows. Opening the link therefore needs the
//! password that was chosen, too.
//!
//! Few letters are written to an address, and strangers can use them up. A letter proves the same, whoever
//! caused it: who reads the mail of the address. So its link makes the account of whoever enters the password
//! that they have chosen for that address, also if there was no letter about their own request.

pub mod entity;
mod error;
pub mod job;
mod repo;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};

use chrono::Duration;
use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use types::{OrgId, UserId};
use uuid::Uuid;

pub use error::SignUpError;

use super::{
    passwords, secret,
    sessions::{self, Proved, SignedIn, Visitor},
    sso_enforcement, users,
};
use crate::{
    App, Ctx, SystemCtx,
    access::Role,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    mail::{self, Language, Letter, Outgoing},
    organizations, queue,
    settings::SignUp,
    text,
};

/// The lifetime of a link.
const LASTS: Duration = Duration::hours(24);

/// The largest numbers of letters that are written to one address in a time, in which their links stay
/// valid. Further requests send nothing: the link of an older letter is as good.
const MOST: [(Duration, u64); 2] = [(Duration::hours(1), 10), (Duration::hours(20), 40)];

/// How many other requests for the address of a link are tried with a password: from the network of whoever
/// opens it, whose requests those of others cannot push aside, and from anywhere.
const TRIED: (u64, u64) = (5, 3);

/// The page that the link opens.
const PAGE: &str = "/sign-up/confirm";

/// What a stranger enters.
#[derive(Clone, Copy, Debug)]
pub struct NewSignUp<'a> {
    /// The email address.
    pub email: &'a str,
    /// The display name.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// The name of the new organization.
    pub organization: &'a str,
}

/// Whether strangers can sign up.
pub fn sign_up_is_open(app: &App) -> bool {
    app.settings().sign_up == SignUp::Open
}

/// Requests an account. The result is the same whether or not the address has one.
///
/// # Errors
/// `FORBIDDEN` on a server that is not open; `INVALID_INPUT`; `RATE_LIMITED`.
pub async fn request_sign_up(
    app: &App,
    new: NewSignUp<'_>,
    language: Language,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    require_open(app)?;
    passwords::guessing(app).link(visitor.address)?;
    let name = text::line("name", new.name, 100)?;
    let organization = text::line("organization", new.organization, 100)?;
    let email = text::email("email", new.email)?;
    mail::check_address("email", &email)?;
    let network = visitor.address.map(network);
    passwords::guessing(app).sign_up(&email, network)?;
    let password_hash = passwords::hash_new(app, new.password).await?;
    let ctx = mail::server(app, request_id);
    let now = app.clock().now();
    let row = entity::Model {
        id: app.clock().new_uuid(),
        email,
        name,
        organization,
        password_hash,
        token_hash: None,
        language: language.code().to_owned(),
        network: network.map(|network| network.to_string()),
        created_at: now,
        expires_at: now + LASTS,
        sent_at: None,
        used_at: None,
    };
    let tx = ctx.begin().await?;
    repo::insert(&tx, &row).await?;
    let sending = job::SendSignUp { sign_up: row.id };
    queue::enqueue(&tx, &ctx, &sending, std::time::Duration::ZERO).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the letter about a sign-up: with the link, or that the address has an account already, or that
/// its organization has another way to sign in.
async fn send(ctx: &Ctx, id: Uuid) -> Result<()> {
    let app = &ctx.app;
    let row = repo::find(app, id).await?;
    let Some(row) = row.filter(|row| row.sent_at.is_none()) else {
        return Ok(());
    };
    let now = ctx.clock().now();
    for (time, most) in MOST {
        if repo::sent_since(app, &row.email, now - time).await? >= most {
            tracing::info!(sign_up = %row.id, "no further letter to this address for now");
            return Ok(());
        }
    }
    let known = users::by_email(app, &row.email).await?;
    let browser = Language::parse(&row.language).unwrap_or_default();
    let chosen = known.as_ref().and_then(users::entity::Model::language);
    let sign_in = || mail::link(app, "/sign-in");
    let (letter, hash) = if sso_enforcement::is_enforced_for(app, &row.email).await? {
        (Letter::SignUpByProvider { link: sign_in() }, None)
    } else if known.is_some() {
        (Letter::AccountExists { link: sign_in() }, None)
    } else {
        let token = secret::new(secret::SIGN_UP);
        let letter = Letter::ConfirmSignUp {
            address: row.email.clone(),
            link: mail::link(app, &format!("{PAGE}#{token}")),
            hours: LASTS.num_hours(),
        };
        (letter, Some(secret::hash(&token)))
    };
    let tx = ctx.begin().await?;
    if !repo::sent(&tx, row.id, hash, now).await? {
        return Ok(());
    }
    let outgoing = Outgoing {
        to: &row.email,
        letter: &letter,
        language: chosen.unwrap_or(browser),
        about: row.id,
        expires_at: row.expires_at,
    };
    mail::post(&tx, ctx, outgoing).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes the account and the organization of a sign-up and signs the person in. The link is then used
/// up. `password` is the one that was chosen, in the request of the link or in another one for the same
/// address.
///
/// # Errors
/// `NOT_FOUND` for a link that does not work (any more); `INVALID_INPUT` for another password.
pub async fn confirm_sign_up(
    app: &App,
    token: &str,
    password: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    require_open(app)?;
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::SIGN_UP) {
        return Err(SignUpError::Ended.into());
    }
    let found = repo::by_hash(app, &secret::hash(token)).await?;
    let now = app.clock().now();
    let row = found
        .filter(|row| row.used_at.is_none() && row.expires_at > now)
        .ok_or(SignUpError::Ended)?;
    let row = chosen(app, row, password, visitor).await?;
    let row = row.ok_or(SignUpError::WrongPassword)?;
    if sso_enforcement::is_enforced_for(app, &row.email).await? {
        return Err(SignUpError::Ended.into());
    }
    let (org, user) = (OrgId::new(app.clock()), UserId::new(app.clock()));
    let tx = app.db().begin(&[org]).await?;
    if !repo::redeem(&tx, row.id, now).await? {
        return Err(SignUpError::Ended.into());
    }
    let account = (row.email.as_str(), row.password_hash.as_str());
    let written = users::insert_account(&tx, user.0, &row.name, account, now).await;
    written.map_err(unless_taken)?;
    users::verify_new(&tx, user.0, now).await?;
    if let Some(language) = Language::parse(&row.language).filter(|one| *one != Language::default())
    {
        users::set_region(&tx, user.0, (Some(Some(language.code())), None)).await?;
    }
    organizations::found(
        &tx,
        app.clock(),
        org,
        &row.organization,
        user.0,
        Role::Owner,
    )
    .await?;
    let actor = Actor::new(ActorKind::User, user.0, row.name.as_str());
    for entry in [
        Entry::new("account.create", "user", user).detail(json!({ "by": "sign-up" })),
        Entry::new("organization.create", "organization", org)
            .detail(json!({ "name": row.organization })),
    ] {
        audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    }
    let who = Proved {
        user: user.0,
        name: &row.name,
        orgs: &[org],
        by: "sign-up link",
        only_org: None,
        strong: false,
        opened_by: None,
    };
    let mut signed_in = sessions::open(&tx, app, &who, visitor, request_id).await?;
    let device = passwords::issue_device(app, &row.email, None)?;
    signed_in.device = Some((device, passwords::DEVICE_LASTS));
    tx.commit().await?;
    Ok(signed_in)
}

/// The sign-up for which this password was chosen: that of the link, or another one for its address.
async fn chosen(
    app: &App,
    link: entity::Model,
    password: &str,
    visitor: Visitor<'_>,
) -> Result<Option<entity::Model>> {
    if passwords::fits(app, password, &link.password_hash).await? {
        return Ok(Some(link));
    }
    let (now, network) = (app.clock().now(), visitor.address.map(network));
    let mut others = Vec::new();
    if let Some(network) = network {
        let network = network.to_string();
        others = repo::others(app, &link, (Some(&network), TRIED.0), now).await?;
    }
    for row in repo::others(app, &link, (None, TRIED.1), now).await? {
        if others.iter().all(|other| other.id != row.id) {
            others.push(row);
        }
    }
    for row in others {
        if passwords::fits(app, password, &row.password_hash).await? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The network of a client: with IPv6, the smallest that a customer gets.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(one) => {
            let network = one.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        four => four,
    }
}

/// Removes sign-ups whose links have expired, and returns how many there were.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let tx = system.begin_in(&[]).await?;
    let gone = repo::forget(&tx, system.app.clock().now()).await?;
    tx.commit().await?;
    Ok(gone)
}

fn require_open(app: &App) -> Result<()> {
    match sign_up_is_open(app) {
        true => Ok(()),
        false => Err(SignUpError::Closed.into()),
    }
}

/// Somebody has made an account with the address meanwhile; otherwise the database's error.
fn unless_taken(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => SignUpError::Ended.into(),
        _ => error.into(),
    }
}
