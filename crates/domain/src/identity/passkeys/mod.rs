//! Passkeys: keys in an authenticator (a phone, a computer, a security key) that sign challenges of
//! this server, and of no other.
//!
//! A passkey signs in without a password, takes the place of a code at the second step, and proves a
//! signed-in person's identity again (`answer`). The authenticator must have verified the person (by
//! a PIN or biometrics), so a passkey alone counts as two factors. Challenges are answered once
//! (`challenge`); the answer's origin must be that of the configured URL (`relying_party`). The
//! library checks signatures, origins and flags, and that a counter grows.

mod answer;
mod challenge;
pub mod entity;
mod error;
mod register;
mod relying_party;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use types::{PasskeyId, UserId};
use uuid::Uuid;

pub use answer::{
    begin_passkey_code, begin_passkey_proof, begin_passkey_sign_in, complete_sign_in_by_passkey,
    sign_in_by_passkey, step_up_by_passkey,
};
pub use error::PasskeyError;
pub use register::{add_passkey, begin_passkey, remove_passkey};
pub(super) use repo::{count, delete_since};

use super::users;
use crate::{App, Ctx, access::Permission, error::Result};

/// The largest number of passkeys of a person.
pub const MOST: usize = 20;

/// A passkey of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The passkey's id.
    pub id: PasskeyId,
    /// The name that the person gave it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it last proved the person's identity.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<entity::passkey::Model> for Passkey {
    fn from(row: entity::passkey::Model) -> Self {
        Self {
            id: PasskeyId(row.id),
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A challenge for the browser.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// The token with which the answer is sent.
    pub token: String,
    /// The options for `navigator.credentials`, as in the specification.
    pub options: Json,
}

/// The caller's passkeys, oldest first.
pub async fn list_passkeys(ctx: &Ctx) -> Result<Vec<Passkey>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    if ctx.limited {
        return Ok(Vec::new());
    }
    let rows = repo::all(&ctx.app, users::person(ctx)?).await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

/// Whether passkeys can be used on this server.
pub fn passkeys_possible(app: &App) -> bool {
    relying_party::is_possible(app)
}

/// Whether a person has passkeys.
async fn has_any(app: &App, user: Uuid) -> Result<bool> {
    Ok(!repo::all(app, user).await?.is_empty())
}

fn note_of(user: Uuid, action: &str) -> crate::audit::Entry<'_> {
    crate::audit::Entry::new(action, "user", UserId(user))
}
