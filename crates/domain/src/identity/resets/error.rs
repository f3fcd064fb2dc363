//! Errors of resetting a password.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of resetting a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResetError {
    /// The link was used, replaced by a newer one, or has expired; the password or the address was
    /// changed since; or it never existed. The cases look the same to the caller.
    #[error("This link is no longer valid; request a new one and use it within an hour")]
    Ended,
}

impl From<ResetError> for AppError {
    fn from(error: ResetError) -> Self {
        AppError::new(ErrorCode::NotFound, error.to_string())
    }
}
