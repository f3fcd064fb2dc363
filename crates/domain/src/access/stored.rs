//! What the database says of rights: a role's name, or a list of permissions.
//!
//! A word that this program does not know gives nobody anything, neither the least role nor the rest
//! of a list: whoever wrote it may have meant less than any guess. It is an error, and logged.

use thiserror::Error;
use types::ErrorCode;

use super::{Permission, PermissionSet, Rights, Role};
use crate::error::AppError;

/// A word in the database that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "The database contains the {what} `{word}`, which this server does not know; ask the operator to \
     update the server or to correct the {what}"
)]
pub struct UnknownWord {
    /// `role` or `permission`.
    pub what: &'static str,
    /// The word.
    pub word: String,
}

impl From<UnknownWord> for AppError {
    fn from(unknown: UnknownWord) -> Self {
        tracing::error!(
            what = unknown.what,
            word = unknown.word,
            "the database has an unknown word where rights stand; access is refused"
        );
        AppError::new(ErrorCode::Forbidden, unknown.to_string())
    }
}

/// A member's rights: those of the role.
pub fn of_role(word: &str) -> Result<Rights, UnknownWord> {
    let role = Role::parse(word).ok_or_else(|| unknown("role", word))?;
    Ok(role.into())
}

/// A key's own rights: those of a role or those of a list, never both.
pub fn of_key(role: Option<&str>, list: Option<&str>) -> Result<Rights, UnknownWord> {
    match (role, list) {
        (Some(role), None) => of_role(role),
        (None, Some(list)) => Ok(of_list(list)?.into()),
        (Some(role), Some(_)) => Err(unknown("role", &format!("{role} and a list"))),
        (None, None) => Err(unknown("role", "")),
    }
}

/// Names of permissions, separated by spaces.
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
