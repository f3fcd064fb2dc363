//! Errors of claiming and proving domains.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of claiming or proving a domain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DomainError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such domain")]
    NotFound,
    /// The organization has claimed it already.
    #[error("name: your organization has claimed `{0}` already; it is in the list")]
    Claimed(String),
    /// The organization has the maximum number.
    #[error(
        "Your organization has {most} domains, which is the limit; remove one first",
        most = super::MOST
    )]
    TooMany,
}

impl From<DomainError> for AppError {
    fn from(error: DomainError) -> Self {
        let message = error.to_string();
        match error {
            DomainError::NotFound => AppError::not_found("domain"),
            DomainError::Claimed(_) => AppError::conflict(message),
            DomainError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
