//! Errors of passkeys.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of adding, using or removing a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasskeyError {
    /// Passkeys belong to a host name, and people reach this server by an IP address.
    #[error(
        "Passkeys need a host name: set `public_url` to the name by which people reach this \
         server, such as https://flowmason.example.com or http://localhost:8080"
    )]
    NoHostName,
    /// The challenge does not exist, has expired, or was answered before.
    #[error("The passkey request has expired; begin again")]
    Ended,
    /// The answer of the authenticator is not acceptable. The log says why.
    #[error("The passkey was not accepted; begin again, or use another way to sign in")]
    Refused,
    /// The person has none of these.
    #[error("There is no such passkey")]
    NotFound,
    /// The authenticator's passkey is registered already.
    #[error("This passkey is registered already")]
    Known,
    /// The person has the maximum number.
    #[error("You have {most} passkeys, which is the limit; remove one first", most = super::MOST)]
    TooMany,
}

impl From<PasskeyError> for AppError {
    fn from(error: PasskeyError) -> Self {
        let code = match error {
            PasskeyError::NoHostName | PasskeyError::Known => ErrorCode::Conflict,
            PasskeyError::Ended | PasskeyError::Refused => ErrorCode::Unauthenticated,
            PasskeyError::NotFound => ErrorCode::NotFound,
            PasskeyError::TooMany => ErrorCode::QuotaExceeded,
        };
        AppError::new(code, error.to_string())
    }
}
