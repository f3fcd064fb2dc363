//! Why an organization is not changed.

use thiserror::Error;
use types::ErrorCode;

use super::PER_DAY;
use crate::error::AppError;

/// Why an organization is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrganizationError {
    /// It does not exist, or is not one's own.
    #[error("There is no such organization")]
    NotFound,
    /// The person created too many in a short time.
    #[error(
        "You created {PER_DAY} organizations in the last 24 hours, which is the most that one person \
         may create in that time; use one of them, or try again later"
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
