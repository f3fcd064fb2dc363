//! Why somebody is not signed in.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// No valid session or key.
    #[error("Sign in, or send a valid API key")]
    Unauthenticated,
    /// A key asked to end its session.
    #[error("An API key has no session to end; revoke the key instead")]
    NoSession,
}

impl From<SessionError> for AppError {
    fn from(error: SessionError) -> Self {
        let code = match error {
            SessionError::Unauthenticated => ErrorCode::Unauthenticated,
            SessionError::NoSession => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
