//! How a request fails, in words that a customer may read.
//!
//! A refused address always has the same text, whatever the reason was and whether something
//! answers there: the text must not help to explore the inside a network (case U12).

use engine::component::StageError;
use types::ErrorCode;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address may not be called, or its name does not exist.
    #[error(
        "Address not allowed: only public addresses on http or https, on the usual ports and \
         without a user name in the URL, can be called"
    )]
    Refused,
    /// The request itself is wrong; the text says what.
    #[error("{0}")]
    Invalid(String),
    /// No answer within the time.
    #[error("The server did not answer within {0} s")]
    Timeout(String),
    /// The answer is longer than allowed.
    #[error("The answer is longer than {0} bytes")]
    TooLarge(usize),
    /// There is no memory for the answer; the text says whose and how much.
    #[error("{0}")]
    NoRoom(String),
    /// Redirected too often.
    #[error("The server redirects more than {0} times")]
    TooManyRedirects(usize),
    /// From https to http.
    #[error("The server redirects from https to http, which is not followed")]
    Downgrade,
    /// The name of the server was not found; the text names it and says what to do.
    #[error("{0}")]
    Name(String),
    /// No connection.
    #[error("The server could not be reached")]
    Unreachable,
    /// The connection broke, or what came is not HTTP.
    #[error("The connection broke before the answer was complete")]
    Broken,
    /// The body is compressed in a way that is not known, or is not what it says; the text names
    /// the encoding and quotes the start of the body.
    #[error("{0}")]
    Encoding(String),
}

impl HttpError {
    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            HttpError::Refused => ErrorCode::AddressNotAllowed,
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
            HttpError::Timeout(_) | HttpError::Name(_) | HttpError::Unreachable | HttpError::Broken
        )
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
