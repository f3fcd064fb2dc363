//! Errors of service accounts.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading or changing a service account.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ServiceAccountError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such service account")]
    NotFound,
    /// Another service account has the name.
    #[error("name: `{0}` is already the name of a service account; use another name")]
    Taken(String),
    /// A service account cannot own the organization.
    #[error("role: A service account cannot be an owner; choose another role")]
    Owner,
    /// The organization has the maximum number of service accounts.
    #[error("The organization has {most} service accounts, which is the limit", most = super::MAX_ACCOUNTS)]
    TooMany,
}

impl From<ServiceAccountError> for AppError {
    fn from(error: ServiceAccountError) -> Self {
        let message = error.to_string();
        match error {
            ServiceAccountError::NotFound => AppError::not_found("service account"),
            ServiceAccountError::Taken(_) => AppError::conflict(message),
            ServiceAccountError::Owner => AppError::new(ErrorCode::InvalidInput, message),
            ServiceAccountError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
