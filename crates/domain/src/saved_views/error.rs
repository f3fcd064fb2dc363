//! Errors of saved views.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading or saving a view.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SavedViewError {
    /// It does not exist, or belongs to another caller.
    #[error("There is no such saved view")]
    NotFound,
    /// The caller already has the maximum number.
    #[error("You have {most} saved views, which is the limit; delete one first", most = super::MAX_VIEWS)]
    TooMany,
    /// The caller is the system, which has no id.
    #[error("Saved views belong to a person or an API key; this caller is neither")]
    NoOwner,
}

impl From<SavedViewError> for AppError {
    fn from(error: SavedViewError) -> Self {
        let message = error.to_string();
        match error {
            SavedViewError::NotFound => AppError::not_found("saved view"),
            SavedViewError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
            SavedViewError::NoOwner => AppError::new(ErrorCode::Forbidden, message),
        }
    }
}
