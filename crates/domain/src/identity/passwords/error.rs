//! Why a password is not accepted.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Address or password.
    #[error("The email address or the password is wrong")]
    Wrong,
    /// The password given as the current one.
    #[error("currentPassword: is not your current password")]
    WrongCurrent,
    /// A person without an address cannot sign in by password.
    #[error("Set your email address first: you sign in with it")]
    NoAddress,
    /// Passwords or links were tried too often.
    #[error("Too many attempts; wait a minute and try again")]
    TooManyTries,
    /// More passwords wait to be checked than there is room for.
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
