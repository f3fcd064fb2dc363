//! Errors of sessions.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of using or ending a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// The request has no valid session token or API key.
    #[error("Sign in, or send a valid API key or access token")]
    Unauthenticated,
    /// The person has no such session.
    #[error("There is no such session, or it has ended")]
    NotFound,
    /// A caller with an API key tried to sign out.
    #[error("An API key has no session to end; revoke the key instead")]
    NoSession,
}

impl From<SessionError> for AppError {
    fn from(error: SessionError) -> Self {
        let code = match error {
            SessionError::Unauthenticated => ErrorCode::Unauthenticated,
            SessionError::NotFound => ErrorCode::NotFound,
            SessionError::NoSession => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
