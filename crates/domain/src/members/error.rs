//! Why a membership is not changed.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why a membership is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// Nobody of this id belongs to the organization.
    #[error("There is no such member")]
    NotFound,
    /// An organization keeps an owner.
    #[error(
        "This is the organization's only owner; make somebody else an owner first, then try again"
    )]
    LastOwner,
    /// One's own membership is not managed but left.
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
