//! Keeps people from removing their last way to sign in.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{external_identities, passkeys, users};
use crate::{
    App,
    error::{AppError, Result},
};

/// Refuses to remove one way to sign in (a passkey, a connected account) if the person has no other.
///
/// # Errors
/// `CONFLICT`.
pub async fn keep(app: &App, user: Uuid) -> Result<()> {
    if count(app, user).await? > 1 {
        return Ok(());
    }
    Err(AppError::conflict(
        "This is your only way to sign in; set a password or add a passkey first",
    ))
}

/// The number of a person's ways to sign in: the password, each passkey, each connected account.
async fn count(app: &App, user: Uuid) -> Result<u64, DbErr> {
    let person = users::find(app, user).await?;
    let password = person.is_some_and(|person| person.password_hash.is_some());
    let passkeys = passkeys::count(app, user).await?;
    let accounts = external_identities::count(app, user).await?;
    Ok(u64::from(password) + passkeys + accounts)
}
