//! Syntax errors in JSON text.

use types::ErrorCode;

use super::Span;

/// One syntax error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// `INVALID_JSON`, `DUPLICATE_KEY`, `NESTING_TOO_DEEP`, `VALUE_OUT_OF_RANGE` or
    /// `LIMIT_EXCEEDED`.
    pub code: ErrorCode,
    /// What is wrong, in lower case and without a period.
    pub message: String,
    /// How to fix it, if known.
    pub help: Option<String>,
    /// The JSON path of the object or list that contains the error; `$` at the top level.
    pub path: String,
    /// The position of the error.
    pub span: Span,
    /// A related position, with a label for it.
    pub related: Option<(String, Span)>,
}
