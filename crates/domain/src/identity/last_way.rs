//! Keeps people from removing their last way to sign in.

use sea_orm::DbErr;
use uuid::Uuid;

use super::{external_identities, passkeys, users};
use crate::{
    App, Tx,
    error::{AppError, Result},
};

/// Refuses to remove one way to sign in (a passkey, a connected account) if the person has no other.
/// Until the transaction ends, nobody else can remove one.
///
/// # Errors
/// `CONFLICT`.
pub async fn require_another(tx: &Tx, app: &App, user: Uuid) -> Result<()> {
    users::lock(tx, user).await?;
    if count(tx, app, user).await? > 1 {
        return Ok(());
    }
    Err(AppError::conflict(
        "This is your only way to sign in; set a password or add a passkey first",
    ))
}

/// The number of a person's ways to sign in: the password, each passkey, each connected account.
async fn count(tx: &Tx, app: &App, user: Uuid) -> Result<u64, DbErr> {
    let person = users::find_in(tx.conn(), app, user).await?;
    let password = person.is_some_and(|person| person.password_hash.is_some());
    let passkeys = passkeys::count(tx, app, user).await?;
    let accounts = external_identities::count(tx, app, user).await?;
    Ok(u64::from(password) + passkeys + accounts)
}
