//! Errors of folders.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading or changing a folder.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FolderError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such folder")]
    NotFound,
    /// Another folder has the name.
    #[error("name: `{0}` is already the name of a folder; use another name")]
    Taken(String),
    /// The organization has the maximum number of folders.
    #[error("The organization has {most} folders, which is the limit; delete one first", most = super::MAX_FOLDERS)]
    TooMany,
}

impl From<FolderError> for AppError {
    fn from(error: FolderError) -> Self {
        let message = error.to_string();
        match error {
            FolderError::NotFound => AppError::not_found("folder"),
            FolderError::Taken(_) => AppError::conflict(message),
            FolderError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
