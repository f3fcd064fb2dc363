//! Why a link signs nobody in.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why a link signs nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// The link was used, is too old or never was one.
    #[error(
        "This sign-in link was used already or is too old; restart the server to print a new one"
    )]
    Used,
    /// There is an owner already.
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
