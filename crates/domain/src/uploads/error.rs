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
        "The upload expired at {}; uploads are kept for 24 hours, so send the file again",
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
         {} GiB of them; each is deleted 24 hours after it was sent",
        MAX_ORG_BYTES >> 30
    )]
    NoRoom,
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
            UploadError::NoRoom => ErrorCode::QuotaExceeded,
            UploadError::TooManyAtOnce => ErrorCode::RateLimited,
        };
        AppError::new(code, error.to_string())
    }
}
