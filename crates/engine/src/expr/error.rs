//! Why an expression did not compile or did not evaluate.

use types::ErrorCode;

/// The longest message, in characters.
const MOST_SHOWN: usize = 500;

/// An error with its place in the text and, where there is one, how to fix it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// A stable code.
    pub code: ErrorCode,
    /// A sentence for a person; it names the part of the expression and the value.
    pub message: String,
    /// Where in the text that was compiled, in bytes.
    pub offset: usize,
    /// What to write instead.
    pub suggestion: Option<String>,
}

impl ExprError {
    /// An error at the beginning of the text; [`ExprError::at`] moves it.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        // A name may be a text that the expression made, of any length.
        if let Some((end, _)) = message.char_indices().nth(MOST_SHOWN) {
            message.truncate(end);
            message.push('…');
        }
        Self {
            code,
            message,
            offset: usize::MAX,
            suggestion: None,
        }
    }

    /// The place, unless a more exact one is known already.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        if self.offset == usize::MAX {
            self.offset = offset;
        }
        self
    }

    /// With what to write instead.
    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

pub(crate) fn type_mismatch(message: impl Into<String>) -> ExprError {
    ExprError::new(ErrorCode::TypeMismatch, message)
}

pub(crate) fn failed(message: impl Into<String>) -> ExprError {
    ExprError::new(ErrorCode::EvaluationFailed, message)
}

pub(crate) fn out_of_range(what: &str) -> ExprError {
    ExprError::new(
        ErrorCode::ValueOutOfRange,
        format!("{what} does not fit into 64 bits"),
    )
}
