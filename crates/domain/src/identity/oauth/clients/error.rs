//! Errors of applications.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// An error of registering, changing or finding an application.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplicationError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such application")]
    NotFound,
    /// It could not use these permissions.
    #[error("scopes: only a signed-in person can use these permissions; remove {0}")]
    OnlyForPeople(PermissionSet),
    /// The service account is disabled, or lacks these permissions.
    #[error("serviceAccountId: the account `{0}` is disabled or lacks these permissions: {1}")]
    NotOfAccount(String, PermissionSet),
    /// It has no secret.
    #[error(
        "The application is public and has no secret; register a confidential one if it can keep \
         a secret"
    )]
    NoSecret,
    /// Somebody else changed it at the same time.
    #[error("The application was changed or deleted a moment ago; reload the page")]
    Changed,
    /// The organization has as many as are allowed.
    #[error("The organization has {0} applications, which is the limit; delete one first")]
    TooMany(u64),
}

impl From<ApplicationError> for AppError {
    fn from(error: ApplicationError) -> Self {
        match error {
            ApplicationError::NotFound => AppError::not_found("application"),
            ApplicationError::OnlyForPeople(_) => {
                AppError::new(ErrorCode::InvalidInput, error.to_string())
            }
            ApplicationError::TooMany(_) => {
                AppError::new(ErrorCode::QuotaExceeded, error.to_string())
            }
            _ => AppError::conflict(error.to_string()),
        }
    }
}
