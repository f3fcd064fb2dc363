//! The mail that tells a person that their password was changed, so that somebody whose account was
//! taken over learns of it.

use chrono::Duration;

use crate::{
    App, Tx,
    error::Result,
    identity::users,
    mail::{self, Language, Letter, Outgoing},
};

/// How long it is tried to send the mail.
const LASTS: Duration = Duration::days(3);

/// The page on which a person resets their password.
const RESET_PAGE: &str = "/forgot-password";

/// Writes the mail, in the transaction of the change, which must include `OrgId::SERVER`. Does
/// nothing for a person without an address, or if this server sends no mail.
pub async fn tell(
    tx: &Tx,
    app: &App,
    user: &users::entity::Model,
    language: Language,
    request_id: &str,
) -> Result<()> {
    let Some(email) = user.email.as_deref().filter(|_| mail::is_on(app)) else {
        return Ok(());
    };
    let now = app.clock().now();
    let letter = Letter::PasswordChanged {
        name: user.name.clone(),
        at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
        link: mail::link(app, RESET_PAGE),
    };
    let outgoing = Outgoing {
        to: email,
        letter: &letter,
        language,
        about: user.id,
        expires_at: now + LASTS,
    };
    mail::post(tx, &mail::server(app, request_id), outgoing).await?;
    Ok(())
}
