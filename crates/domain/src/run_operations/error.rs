//! Why a change of many runs is not there or not begun.

use thiserror::Error;

use crate::error::AppError;

/// Why a change of many runs is not there or not begun.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperationError {
    /// It does not exist, or is another organization's.
    #[error("There is no such operation")]
    NotFound,
    /// The key was used for something else.
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
