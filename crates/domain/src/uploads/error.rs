//! Errors of uploads.

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;
use types::ErrorCode;

use super::{MAX_BYTES, MAX_ORG_BYTES, MAX_RECEIVING, MAX_UPLOADS};
use crate::error::AppError;

/// Why an upload was refused or is not available.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UploadError {
    /// The upload does not exist, or belongs to another organization.
    #[error("There is no such upload")]
    NotFound,
    /// The file has not been received completely.
    #[error("The upload is not complete; send the file again")]
    NotWhole,
    /// The upload expired at this time.
    #[error(
        "The upload expired at {}; an upload is kept for 6 hours after it was last used, and for 24 \
         hours at most, so send the file again",
        .0.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Expired(DateTime<Utc>),
    /// The file has no bytes.
    #[error("The body is empty; send the file's bytes as the body")]
    Empty,
    /// The file is larger than [`MAX_BYTES`].
    #[error("The file is larger than {MAX_BYTES} bytes, which is the limit for the input of a run")]
    TooLarge,
    /// The organization's uploads would be too many or too large in total.
    #[error(
        "With this file the organization would have more than {MAX_UPLOADS} uploads or more than \
         {} GiB of them; delete uploads that are no longer needed with `deleteUpload`",
        MAX_ORG_BYTES >> 30
    )]
    NoRoom,
    /// The caller's own uploads would be too many or too large in total.
    #[error(
        "With this file you would have more than your share: half of what the organization's other \
         members and keys leave of {MAX_UPLOADS} uploads and {} GiB; delete uploads that are no longer \
         needed with `deleteUpload`",
        MAX_ORG_BYTES >> 30
    )]
    ShareUsed,
    /// The caller is sending too many files at once.
    #[error(
        "You are already sending your share of files: half of what the organization's other members \
         and keys leave of {MAX_RECEIVING} at once; wait for one to finish"
    )]
    ShareOfSending,
    /// The organization is sending too many files at once.
    #[error(
        "The organization is already sending {MAX_RECEIVING} files, which is the limit; wait for one \
         to finish"
    )]
    TooManyAtOnce,
}

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        let code = match &error {
            UploadError::NotFound => return AppError::not_found("upload"),
            UploadError::NotWhole => ErrorCode::Conflict,
            UploadError::Expired(_) => ErrorCode::UploadExpired,
            UploadError::Empty => ErrorCode::InvalidInput,
            UploadError::TooLarge => ErrorCode::LimitExceeded,
            UploadError::NoRoom | UploadError::ShareUsed => ErrorCode::QuotaExceeded,
            UploadError::TooManyAtOnce | UploadError::ShareOfSending => ErrorCode::RateLimited,
        };
        AppError::new(code, error.to_string())
    }
}
