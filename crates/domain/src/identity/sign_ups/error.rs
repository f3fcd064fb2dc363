//! Errors of signing up.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of signing up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignUpError {
    /// Strangers make no accounts on this server.
    #[error("This server is not open for sign-up; ask for an invitation")]
    Closed,
    /// The link was used, has expired or never existed, or the address has an account meanwhile. The
    /// cases look the same to the caller.
    #[error("This link is no longer valid; sign up again and use the new link within 24 hours")]
    Ended,
    /// The password is not the one that was chosen.
    #[error(
        "password: is not the one that was entered at sign-up; if you did not sign up, ignore the \
         letter"
    )]
    WrongPassword,
}

impl From<SignUpError> for AppError {
    fn from(error: SignUpError) -> Self {
        let code = match error {
            SignUpError::Closed => ErrorCode::Forbidden,
            SignUpError::Ended => ErrorCode::NotFound,
            SignUpError::WrongPassword => ErrorCode::InvalidInput,
        };
        AppError::new(code, error.to_string())
    }
}
