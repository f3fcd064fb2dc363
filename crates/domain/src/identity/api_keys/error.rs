//! Errors of API keys.

use std::net::IpAddr;

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// An error of reading or creating an API key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such API key")]
    NotFound,
    /// The service account is disabled, or lacks these permissions.
    #[error("{}", not_of_account(.0, *.1))]
    NotOfAccount(String, PermissionSet),
    /// It was revoked or replaced.
    #[error("The key was already {0}; create a new key instead")]
    Ended(&'static str),
    /// It has expired.
    #[error("The key has expired; create a new key instead")]
    Expired,
    /// It was used from an address outside its networks.
    #[error(
        "This API key may not be used from {}; use it from one of its allowed networks, or ask an \
         administrator to create a key for yours",
        .0.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
    )]
    Address(Option<IpAddr>),
}

impl From<ApiKeyError> for AppError {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::NotFound => AppError::not_found("API key"),
            ApiKeyError::NotOfAccount(..) => AppError::conflict(error.to_string()),
            ApiKeyError::Address(_) => AppError::new(ErrorCode::Forbidden, error.to_string()),
            ApiKeyError::Ended(_) | ApiKeyError::Expired => AppError::conflict(error.to_string()),
        }
    }
}

fn not_of_account(name: &str, more: PermissionSet) -> String {
    if more.is_empty() {
        return format!("The service account `{name}` is disabled; enable it first");
    }
    format!(
        "A key cannot have permissions that its service account `{name}` lacks; remove {more}, or \
         change the role of the service account first"
    )
}
