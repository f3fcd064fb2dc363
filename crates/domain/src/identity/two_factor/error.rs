//! Errors of the second factor and of proving one's identity again.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of the second factor, or of proving one's identity again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TwoFactorError {
    /// The code is neither current nor an unused recovery code. Callers cannot tell which.
    #[error(
        "code: is wrong, too old or already used; enter the code that the app shows now, or a \
         recovery code that you have not used"
    )]
    WrongCode,
    /// The sign-in does not exist, has expired, or had too many wrong codes.
    #[error("The sign-in has expired; begin again with your password")]
    Ended,
    /// The person has an authenticator app already.
    #[error("Two-factor authentication is already on; turn it off before you set up another app")]
    AlreadyOn,
    /// There is nothing to confirm: set-up was not begun, or too long ago.
    #[error("The set-up has expired; begin again and scan the new code")]
    NotBegun,
    /// The person has no second factor.
    #[error("Two-factor authentication is off")]
    Off,
    /// Neither or both of a password and a code were given.
    #[error("Give either `password` or `code`")]
    OneProof,
    /// The person's password is wrong, or they have none.
    #[error("password: is not your password")]
    WrongPassword,
}

impl From<TwoFactorError> for AppError {
    fn from(error: TwoFactorError) -> Self {
        use TwoFactorError as E;

        let code = match error {
            E::Ended => ErrorCode::Unauthenticated,
            E::WrongCode | E::WrongPassword | E::OneProof => ErrorCode::InvalidInput,
            E::AlreadyOn | E::NotBegun | E::Off => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
