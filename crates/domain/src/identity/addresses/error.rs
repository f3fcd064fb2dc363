//! Errors of verifying and changing an email address.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of verifying or changing an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The link was used or replaced, has expired, or never existed; or the change was cancelled, or
    /// the password was changed since. The cases look the same to the caller.
    #[error("This link is no longer valid; ask for the change again in your settings")]
    Ended,
    /// The same for the link that undoes a change, whose holder may have lost the account.
    #[error(
        "This link can no longer undo the change; ask the administrator of this server for help"
    )]
    UndoEnded,
    /// It is the address that the person has.
    #[error("email: this is your address already")]
    Same,
    /// There is no address to verify.
    #[error("You have no email address yet; set one first")]
    NoAddress,
    /// The address is verified already.
    #[error("Your email address is verified already")]
    Verified,
    /// There is no change that waits for a confirmation.
    #[error("No change of your email address waits for a confirmation")]
    NonePending,
    /// Single sign-on has sent a link that proves the address, which counts for more.
    #[error(
        "A link that proves this address was sent when somebody signed in with single sign-on; open \
         that one"
    )]
    ProofPending,
    /// Too many mails were sent in the last hour.
    #[error("Too many mails were sent; wait an hour and try again")]
    TooMany,
    /// The mails of one change were sent again and again.
    #[error(
        "The links were sent five times, which is the limit; cancel the change and begin again"
    )]
    SentOften,
    /// Another account has the address. Said only to somebody who reads its mail.
    #[error(
        "Another account has this email address by now; sign in to that account, or use another \
         address"
    )]
    Taken,
}

impl From<AddressError> for AppError {
    fn from(error: AddressError) -> Self {
        let code = match error {
            AddressError::Ended | AddressError::UndoEnded => ErrorCode::NotFound,
            AddressError::Same => ErrorCode::InvalidInput,
            AddressError::TooMany => ErrorCode::RateLimited,
            AddressError::NoAddress
            | AddressError::SentOften
            | AddressError::Verified
            | AddressError::NonePending
            | AddressError::ProofPending
            | AddressError::Taken => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
