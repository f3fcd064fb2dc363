//! Why a text is not JSON.

use types::ErrorCode;

use super::Span;

/// One mistake in a text that should be JSON.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// `INVALID_JSON`, `DUPLICATE_KEY`, `NESTING_TOO_DEEP`, `VALUE_OUT_OF_RANGE` or
    /// `LIMIT_EXCEEDED`.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// How to correct it.
    pub help: Option<String>,
    /// The JSON path of the value, or of the object or list around the place.
    pub path: String,
    /// The place.
    pub span: Span,
    /// Another place that belongs to it, with what is there.
    pub related: Option<(String, Span)>,
}
