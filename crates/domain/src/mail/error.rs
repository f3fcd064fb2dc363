//! Errors of sending mail.

use thiserror::Error;
use types::ErrorCode;

use super::MailStatus;
use crate::error::AppError;

/// Why a mail was not sent, or could not be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MailError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such mail")]
    NotFound,
    /// It is on its way or was delivered.
    #[error("The mail is {0}; only one that was not delivered can be sent again")]
    NotFailed(MailStatus),
    /// Its content was erased.
    #[error(
        "The link in this mail has expired, so it cannot be sent again; create a new one instead, \
         for example by renewing the invitation"
    )]
    Expired,
    /// Sending failed, and trying again may help.
    #[error("{0}")]
    Temporary(String),
    /// Sending failed, and trying again cannot help.
    #[error("{0}")]
    Final(String),
    /// The address is on the list of those that bounced.
    #[error(
        "Nothing is sent to this address, because an earlier mail to it was returned ({0}). If the \
         address is right and works again, send the mail again"
    )]
    Suppressed(String),
}

impl From<MailError> for AppError {
    fn from(error: MailError) -> Self {
        let code = match error {
            MailError::NotFound => ErrorCode::NotFound,
            MailError::NotFailed(_)
            | MailError::Expired
            | MailError::Final(_)
            | MailError::Suppressed(_) => ErrorCode::Conflict,
            MailError::Temporary(_) => ErrorCode::Unavailable,
        };
        AppError::new(code, error.to_string())
    }
}
