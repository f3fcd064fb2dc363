//! Errors of creating and changing organizations.

use thiserror::Error;
use types::ErrorCode;

use super::PER_DAY;
use crate::error::AppError;

/// An error of creating or changing an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrganizationError {
    /// It does not exist, or the caller is not a member.
    #[error("There is no such organization")]
    NotFound,
    /// The person created too many within 24 hours.
    #[error(
        "You created {PER_DAY} organizations in the last 24 hours, which is the limit for one person; \
         use one of them, or try again later"
    )]
    TooManyToday,
}

impl From<OrganizationError> for AppError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::NotFound => AppError::not_found("organization"),
            OrganizationError::TooManyToday => {
                AppError::new(ErrorCode::QuotaExceeded, error.to_string())
            }
        }
    }
}
