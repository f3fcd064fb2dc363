//! Mails that tell people what changed in their account, so that somebody whose account was taken over
//! learns of it.

use chrono::Duration;
use uuid::Uuid;

use super::users;
use crate::{
    App, Tx,
    error::Result,
    mail::{self, Language, Letter, Outgoing},
};

/// How long sending a notice is retried.
const LASTS: Duration = Duration::days(3);

/// The page on which people see how they sign in and what they have allowed.
pub const SETTINGS: &str = "/settings";

/// The current time, as letters show it.
pub fn time(app: &App) -> String {
    app.clock().now().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Writes a notice to a person in their language, in the transaction of the change, which must include
/// `OrgId::SERVER`. Does nothing for a person without an address, or if this server sends no mail.
pub async fn tell(tx: &Tx, app: &App, user: Uuid, letter: &Letter, request_id: &str) -> Result<()> {
    tell_in(tx, app, (user, Language::default()), letter, request_id).await
}

/// Like [`tell`], for a letter that says something about an organization. Nothing is written to an address
/// that the person has not verified: it may be somebody else's, who must not learn it.
pub async fn tell_member(
    tx: &Tx,
    app: &App,
    user: Uuid,
    letter: &Letter,
    request_id: &str,
) -> Result<()> {
    if !mail::is_on(app) {
        return Ok(());
    }
    let person = users::find_in(tx.conn(), app, user).await?;
    match person.filter(|person| person.email_verified_at.is_some()) {
        Some(person) => write(tx, app, (person, Language::default()), letter, request_id).await,
        None => Ok(()),
    }
}

/// Like [`tell`], with a language for a person who has chosen none.
pub async fn tell_in(
    tx: &Tx,
    app: &App,
    (user, language): (Uuid, Language),
    letter: &Letter,
    request_id: &str,
) -> Result<()> {
    if !mail::is_on(app) {
        return Ok(());
    }
    match users::find_in(tx.conn(), app, user).await? {
        Some(person) => write(tx, app, (person, language), letter, request_id).await,
        None => Ok(()),
    }
}

async fn write(
    tx: &Tx,
    app: &App,
    (person, language): (users::entity::Model, Language),
    letter: &Letter,
    request_id: &str,
) -> Result<()> {
    let user = person.id;
    let language = person.language().unwrap_or(language);
    let Some(to) = person.email else {
        return Ok(());
    };
    let outgoing = Outgoing {
        to: &to,
        letter,
        language,
        about: user,
        expires_at: app.clock().now() + LASTS,
    };
    mail::post(tx, &mail::server(app, request_id), outgoing).await?;
    Ok(())
}
