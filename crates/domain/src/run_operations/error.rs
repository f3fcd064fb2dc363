//! Errors of run operations.

use thiserror::Error;

use crate::error::AppError;

/// Why a run operation was not found or not started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperationError {
    /// The operation does not exist, or belongs to another organization.
    #[error("There is no such operation")]
    NotFound,
    /// The idempotency key was used for a different operation.
    #[error("idempotencyKey: another operation was started with this key; use a new one")]
    KeyUsed,
}

impl From<OperationError> for AppError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::NotFound => AppError::not_found("operation"),
            OperationError::KeyUsed => AppError::conflict(error.to_string()),
        }
    }
}
