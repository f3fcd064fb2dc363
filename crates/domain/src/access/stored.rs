//! Reads rights from the database: a role's name, or a list of permissions.
//!
//! An unknown name grants nothing, neither the lowest role nor the rest of a list, because its
//! meaning cannot be guessed. It is an error and is logged.

use thiserror::Error;
use types::ErrorCode;

use super::{Permission, PermissionSet, Rights, Role};
use crate::error::AppError;

/// The name of a role or permission in the database that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "The database contains the {what} `{word}`, which this server does not know; ask the operator to \
     update the server or to correct the {what}"
)]
pub struct UnknownWord {
    /// `role` or `permission`.
    pub what: &'static str,
    /// The unknown name, at most 100 characters of it.
    pub word: String,
}

impl From<UnknownWord> for AppError {
    fn from(unknown: UnknownWord) -> Self {
        tracing::error!(
            what = unknown.what,
            word = unknown.word,
            "the database contains an unknown role or permission; access is refused"
        );
        AppError::new(ErrorCode::Forbidden, unknown.to_string())
    }
}

/// The rights of a member, which are those of the role.
pub fn of_role(word: &str) -> Result<Rights, UnknownWord> {
    let role = Role::parse(word).ok_or_else(|| unknown("role", word))?;
    Ok(role.into())
}

/// The rights of an API key: either a role or a list of permissions, never both.
pub fn of_key(role: Option<&str>, list: Option<&str>) -> Result<Rights, UnknownWord> {
    match (role, list) {
        (Some(role), None) => of_role(role),
        (None, Some(list)) => Ok(of_list(list)?.into()),
        (Some(role), Some(_)) => Err(unknown("role", &format!("{role} and a list"))),
        (None, None) => Err(unknown("role", "")),
    }
}

/// Parses names of permissions that are separated by spaces.
fn of_list(words: &str) -> Result<PermissionSet, UnknownWord> {
    words
        .split_ascii_whitespace()
        .map(|word| Permission::parse(word).ok_or_else(|| unknown("permission", word)))
        .collect()
}

fn unknown(what: &'static str, word: &str) -> UnknownWord {
    let word = word.chars().take(100).collect();
    UnknownWord { what, word }
}
