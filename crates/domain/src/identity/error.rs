//! Why somebody is not let in, or a secret not made.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::Role, error::AppError};

/// Why somebody is not let in, or a secret not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// No valid session or key.
    #[error("sign in, or send a valid API key")]
    Unauthenticated,
    /// The link was used, is too old or never was one.
    #[error(
        "this sign-in link was used already or is too old; a restart of the server prints a new one"
    )]
    LinkUsed,
    /// There is an owner already.
    #[error("sign-up is closed: this server has an owner; ask for an invitation")]
    SignUpClosed,
    /// Address or password.
    #[error("this address and password do not belong together")]
    WrongPassword,
    /// The password given as the current one.
    #[error("currentPassword: this is not your current password")]
    WrongCurrentPassword,
    /// Somebody has the address.
    #[error("email: this address cannot be used; take another one")]
    EmailTaken,
    /// A key may not do more than its maker.
    #[error("role: you are {0}, so the key can be {0} or less")]
    RoleTooHigh(Role),
}

impl From<IdentityError> for AppError {
    fn from(error: IdentityError) -> Self {
        let code = match error {
            IdentityError::Unauthenticated
            | IdentityError::LinkUsed
            | IdentityError::WrongPassword => ErrorCode::Unauthenticated,
            IdentityError::SignUpClosed | IdentityError::RoleTooHigh(_) => ErrorCode::Forbidden,
            IdentityError::WrongCurrentPassword => ErrorCode::InvalidInput,
            IdentityError::EmailTaken => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
