//! Why an invitation is not created or not accepted.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why an invitation is not created or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// It does not exist, or is another organization's.
    #[error("There is no such invitation")]
    NotFound,
    /// The link was used, revoked, replaced, is too old or never was one; or whoever sent it may no
    /// longer invite. A stranger cannot tell which.
    #[error("This invitation is no longer valid; ask whoever invited you for a new link")]
    Ended,
    /// It is another account's.
    #[error(
        "This invitation is for another email address; sign in with the account that it was sent to, \
         or ask for an invitation to yours"
    )]
    OtherAddress,
    /// Nothing to accept.
    #[error("You are a member of this organization already")]
    AlreadyMember,
    /// Somebody else made an account with it at the same time.
    #[error(
        "email: an account with this address was created a moment ago; try again with its password"
    )]
    AddressTaken,
    /// It was accepted or revoked before.
    #[error("This invitation was {0} already; create a new one")]
    Closed(&'static str),
    /// There are too many.
    #[error(
        "{most} invitations are open, which is the most there can be; revoke those that nobody will \
         accept",
        most = super::MOST_OPEN
    )]
    TooMany,
}

impl From<InvitationError> for AppError {
    fn from(error: InvitationError) -> Self {
        let code = match error {
            InvitationError::NotFound | InvitationError::Ended => ErrorCode::NotFound,
            InvitationError::OtherAddress => ErrorCode::Forbidden,
            InvitationError::AlreadyMember
            | InvitationError::AddressTaken
            | InvitationError::Closed(_) => ErrorCode::Conflict,
            InvitationError::TooMany => ErrorCode::QuotaExceeded,
        };
        AppError::new(code, error.to_string())
    }
}
