//! Why a file is not taken, or not there.

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;
use types::ErrorCode;

use super::{MAX_BYTES, MAX_ORG_BYTES, MAX_RECEIVING, MAX_UPLOADS};
use crate::error::AppError;

/// Why a file is not taken, or not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UploadError {
    /// It does not exist, or is another organization's.
    #[error("There is no such upload")]
    NotFound,
    /// Its last byte did not come yet, or never will.
    #[error("The upload is not complete; send the file again")]
    NotWhole,
    /// It was there for too long.
    #[error(
        "The upload expired at {}; an upload is kept for 6 hours after it was last used, and for 24 \
         hours at most, so send the file again",
        .0.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Expired(DateTime<Utc>),
    /// It has no byte.
    #[error("The body is empty; send the file's bytes as the body")]
    Empty,
    /// It is too long.
    #[error(
        "The file is larger than {MAX_BYTES} bytes, which is the most that a run takes as its input"
    )]
    TooLarge,
    /// The organization's uploads are too many or too large together.
    #[error(
        "With this file the organization would have more than {MAX_UPLOADS} uploads or more than \
         {} GiB of them; delete what is not needed with `deleteUpload`",
        MAX_ORG_BYTES >> 30
    )]
    NoRoom,
    /// The caller's own are too many or too large together.
    #[error(
        "With this file you would have more than half of the uploads that your organization's other \
         members and keys leave of {MAX_UPLOADS}, or of the {} GiB; delete what is not needed with \
         `deleteUpload`",
        MAX_ORG_BYTES >> 30
    )]
    ShareUsed,
    /// Too many of the caller's own are on their way.
    #[error(
        "You are sending half of the files that your organization's other members and keys leave of \
         {MAX_RECEIVING}; wait for one to end"
    )]
    ShareOfSending,
    /// Too many are on their way.
    #[error(
        "{MAX_RECEIVING} files of this organization are being sent at once; wait for one to end"
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
