//! Why somebody is not let in, or a secret not made.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// Why somebody is not let in, or a secret not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// No valid session or key.
    #[error("Sign in, or send a valid API key")]
    Unauthenticated,
    /// The link was used, is too old or never was one.
    #[error(
        "This sign-in link was used already or is too old; restart the server to print a new one"
    )]
    LinkUsed,
    /// There is an owner already.
    #[error("Sign-up is closed: this server has an owner; ask them for an invitation")]
    SignUpClosed,
    /// Address or password.
    #[error("The mail address or the password is wrong")]
    WrongPassword,
    /// The password given as the current one.
    #[error("currentPassword: is not your current password")]
    WrongCurrentPassword,
    /// Passwords or links were tried too often.
    #[error("Too many attempts; wait a minute and try again")]
    TooManyTries,
    /// More passwords wait to be checked than there is room for.
    #[error("Too many people are signing in right now; try again in a few seconds")]
    Busy,
    /// A key may not do more than its maker.
    #[error("A key cannot do what its maker may not; leave out: {0}")]
    MoreThanOwn(PermissionSet),
}

impl From<IdentityError> for AppError {
    fn from(error: IdentityError) -> Self {
        let code = match error {
            IdentityError::Unauthenticated
            | IdentityError::LinkUsed
            | IdentityError::WrongPassword => ErrorCode::Unauthenticated,
            IdentityError::SignUpClosed | IdentityError::MoreThanOwn(_) => ErrorCode::Forbidden,
            IdentityError::WrongCurrentPassword => ErrorCode::InvalidInput,
            IdentityError::TooManyTries | IdentityError::Busy => ErrorCode::RateLimited,
        };
        AppError::new(code, error.to_string())
    }
}
