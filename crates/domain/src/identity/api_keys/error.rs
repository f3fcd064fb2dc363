//! Errors of API keys.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// An error of reading or creating an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such API key")]
    NotFound,
    /// The key would have permissions that its creator lacks.
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
