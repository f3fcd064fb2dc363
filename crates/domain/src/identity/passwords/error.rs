//! Errors of signing in with a password and of setting one.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of signing in with a password or of setting one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// The email address or the password is wrong. Callers cannot tell which.
    #[error("The email address or the password is wrong")]
    Wrong,
    /// The current password, which is needed for a new one, is wrong.
    #[error("currentPassword: is not your current password")]
    WrongCurrent,
    /// A person without an email address cannot sign in with a password.
    #[error("Set your email address first, since you need it to sign in")]
    NoAddress,
    /// Too many passwords or links were tried.
    #[error("Too many attempts; wait a minute and try again")]
    TooManyTries,
    /// The queue of passwords to hash is full.
    #[error("Too many people are signing in right now; try again in a few seconds")]
    Busy,
}

impl From<PasswordError> for AppError {
    fn from(error: PasswordError) -> Self {
        let code = match error {
            PasswordError::Wrong => ErrorCode::Unauthenticated,
            PasswordError::WrongCurrent => ErrorCode::InvalidInput,
            PasswordError::NoAddress => ErrorCode::Conflict,
            PasswordError::TooManyTries | PasswordError::Busy => ErrorCode::RateLimited,
        };
        AppError::new(code, error.to_string())
    }
}
