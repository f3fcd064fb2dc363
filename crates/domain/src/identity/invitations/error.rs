//! Errors of creating, changing and accepting invitations.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of creating, changing or accepting an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such invitation")]
    NotFound,
    /// The link was used, revoked or replaced, has expired or never existed, or the inviter may no
    /// longer invite. The cases look the same to the caller.
    #[error("This invitation is no longer valid; ask the person who invited you for a new link")]
    Ended,
    /// It is bound to another account's email address.
    #[error(
        "This invitation is for another email address; sign in with the account that it was sent to, \
         or ask for an invitation to yours"
    )]
    OtherAddress,
    /// The session reaches one organization only: its identity provider opened it, and may not act
    /// for the person elsewhere.
    #[error(
        "You signed in with your organization's single sign-on, and such a session cannot join \
         another organization; sign in with your password or a passkey"
    )]
    LimitedSession,
    /// The person is already a member.
    #[error("You are already a member of this organization")]
    AlreadyMember,
    /// A concurrent request created an account with the address.
    #[error(
        "email: an account with this address was created a moment ago; try again with its password"
    )]
    AddressTaken,
    /// It was accepted or revoked before.
    #[error("This invitation was already {0}; create a new one")]
    Closed(&'static str),
    /// Its role was one of the organization's own, and was deleted after it had expired.
    #[error("The role of this invitation was deleted; create a new invitation with another role")]
    RoleDeleted,
    /// The organization has the maximum number of open invitations.
    #[error(
        "{most} invitations are open, which is the limit; revoke those that are no longer needed",
        most = super::MOST_OPEN
    )]
    TooMany,
}

impl From<InvitationError> for AppError {
    fn from(error: InvitationError) -> Self {
        let code = match error {
            InvitationError::NotFound | InvitationError::Ended => ErrorCode::NotFound,
            InvitationError::OtherAddress | InvitationError::LimitedSession => ErrorCode::Forbidden,
            InvitationError::AlreadyMember
            | InvitationError::AddressTaken
            | InvitationError::RoleDeleted
            | InvitationError::Closed(_) => ErrorCode::Conflict,
            InvitationError::TooMany => ErrorCode::QuotaExceeded,
        };
        AppError::new(code, error.to_string())
    }
}
