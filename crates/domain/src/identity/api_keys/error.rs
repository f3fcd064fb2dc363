//! Why a key is not made.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// Why a key is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// It does not exist, or is another organization's.
    #[error("There is no such API key")]
    NotFound,
    /// A key may not do more than its maker.
    #[error("A key cannot have permissions that its creator lacks; remove {0}")]
    MoreThanOwn(PermissionSet),
}

impl From<ApiKeyError> for AppError {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::NotFound => AppError::not_found("API key"),
            ApiKeyError::MoreThanOwn(_) => AppError::new(ErrorCode::Forbidden, error.to_string()),
        }
    }
}
