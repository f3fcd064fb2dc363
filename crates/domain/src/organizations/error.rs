//! Why an organization is not changed.

use thiserror::Error;

use crate::error::AppError;

/// Why an organization is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrganizationError {
    /// It does not exist, or is not one's own.
    #[error("There is no such organization")]
    NotFound,
}

impl From<OrganizationError> for AppError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::NotFound => AppError::not_found("organization"),
        }
    }
}
