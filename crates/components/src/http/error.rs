//! The errors of requests, with messages for users.
//!
//! They name the address as the user wrote it, and never an address that a lookup found (see
//! [`UrlRefusal`]).

use engine::component::StageError;
use types::ErrorCode;

use super::UrlRefusal;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address may not be called.
    #[error("Address not allowed: {0}")]
    Refused(UrlRefusal),
    /// The request itself is invalid; the text says why.
    #[error("{0}")]
    Invalid(String),
    /// There was no complete response within this time, in seconds.
    #[error("The server did not answer within {0} s")]
    Timeout(String),
    /// The response body is longer than this limit, in bytes.
    #[error("The response is longer than {0} bytes")]
    TooLarge(usize),
    /// There is not enough memory for the response; the text names the limit.
    #[error("{0}")]
    NoRoom(String),
    /// There were more redirects than this.
    #[error("The server redirects more than {0} times")]
    TooManyRedirects(usize),
    /// The server redirects from https to http.
    #[error("The server redirects from https to http, which is not allowed")]
    Downgrade,
    /// The server's name could not be looked up; the text names it and says what to do.
    #[error("{0}")]
    Name(String),
    /// A connection to this host and port could not be opened.
    #[error("`{0}` could not be reached; check the address, and whether the server is running")]
    Unreachable(String),
    /// The connection was closed too early, or the response is not HTTP.
    #[error("The connection was closed before the response was complete")]
    Broken,
    /// The body's encoding is unknown, or the body cannot be decompressed; the text names the
    /// encoding and may quote the start of the body.
    #[error("{0}")]
    Encoding(String),
}

impl HttpError {
    /// The stable error code.
    pub fn code(&self) -> ErrorCode {
        match self {
            HttpError::Refused(_) => ErrorCode::AddressNotAllowed,
            HttpError::Invalid(_) => ErrorCode::StageInput,
            HttpError::Timeout(_) => ErrorCode::Timeout,
            HttpError::NoRoom(_) => ErrorCode::MemoryLimit,
            _ => ErrorCode::HttpFailed,
        }
    }

    /// Whether another attempt could help.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            HttpError::Timeout(_)
                | HttpError::Name(_)
                | HttpError::Unreachable(_)
                | HttpError::Broken
        )
    }
}

impl From<UrlRefusal> for HttpError {
    fn from(refusal: UrlRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<HttpError> for StageError {
    fn from(error: HttpError) -> Self {
        let new = if error.retryable() {
            StageError::retryable
        } else {
            StageError::new
        };
        new(error.code(), error.to_string())
    }
}
