//! Why a saved view is not there or not kept.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why a saved view is not there or not kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SavedViewError {
    /// It does not exist, or is somebody else's.
    #[error("There is no such saved view")]
    NotFound,
    /// There are too many.
    #[error("You have {most} saved views, which is the most there can be; delete one", most = super::MOST)]
    TooMany,
    /// Nobody in particular asks.
    #[error("Saved views belong to a person or an API key, and nobody in particular asks here")]
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
