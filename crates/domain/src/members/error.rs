//! Errors of changing memberships.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of changing a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// No member of the organization has this id.
    #[error("There is no such member")]
    NotFound,
    /// The change would leave the organization without an owner.
    #[error(
        "This is the organization's only owner; make another member an owner first, then try again"
    )]
    LastOwner,
    /// Callers cannot remove themselves; they leave instead.
    #[error("You cannot remove yourself; leave the organization instead")]
    Oneself,
}

impl From<MemberError> for AppError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::NotFound => AppError::not_found("member"),
            MemberError::LastOwner | MemberError::Oneself => {
                AppError::new(ErrorCode::Conflict, error.to_string())
            }
        }
    }
}
