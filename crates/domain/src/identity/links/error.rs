//! Errors of signing in with a link.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of signing in with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// The link was used or replaced, has expired, or never existed.
    #[error(
        "This sign-in link was already used or is too old; restart the server to print a new one"
    )]
    Used,
    /// The first owner already exists.
    #[error("Sign-up is closed: this server has an owner; ask them for an invitation")]
    SignUpClosed,
}

impl From<LinkError> for AppError {
    fn from(error: LinkError) -> Self {
        let code = match error {
            LinkError::Used => ErrorCode::Unauthenticated,
            LinkError::SignUpClosed => ErrorCode::Forbidden,
        };
        AppError::new(code, error.to_string())
    }
}
