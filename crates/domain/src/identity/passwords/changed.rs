//! The mail that tells a person that their password was changed.

use crate::{
    App, Tx,
    error::Result,
    identity::{notices, users},
    mail::{self, Language, Letter},
};

/// The page on which a person resets their password.
const RESET_PAGE: &str = "/forgot-password";

/// Writes the mail; see [`notices::tell_in`].
pub async fn tell(
    tx: &Tx,
    app: &App,
    user: &users::entity::Model,
    language: Language,
    request_id: &str,
) -> Result<()> {
    let letter = Letter::PasswordChanged {
        name: user.name.clone(),
        at: notices::time(app),
        link: mail::link(app, RESET_PAGE),
    };
    notices::tell_in(tx, app, (user.id, language), &letter, request_id).await
}
