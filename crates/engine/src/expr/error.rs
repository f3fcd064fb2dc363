//! Errors of compiling and evaluating expressions.

use types::ErrorCode;

use super::val::V;
use crate::Value;

/// The most characters of a value that are shown.
const MOST_OF_A_VALUE: usize = 40;

/// The most characters of a message.
const MOST_SHOWN: usize = 500;

/// An error with its position in the text and, if known, how to fix it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// The stable error code.
    pub code: ErrorCode,
    /// What is wrong. Names the part of the expression and the value.
    pub message: String,
    /// The position in the compiled text, in bytes.
    pub offset: usize,
    /// What to write instead.
    pub suggestion: Option<String>,
    /// The values that did not fit, in the order in which the expression names them. Empty if the
    /// message already says everything.
    pub operands: Vec<Operand>,
}

/// A value that did not fit, in a form to show to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The type with its article: "a list", "text".
    pub kind: &'static str,
    /// A scalar as JSON, shortened; for a list or an object, its size. `None` if the value must not
    /// be shown.
    pub shown: Option<String>,
}

impl Operand {
    fn of(value: &V) -> Self {
        let shown = match value.as_value() {
            Some(Value::Str(text)) => Some(shorten(text)),
            Some(Value::List(items)) => Some(format!("a list of {}", count(items.len(), "item"))),
            Some(Value::Map(map)) => Some(format!("an object with {}", count(map.len(), "field"))),
            Some(scalar) => Some(scalar.to_json()),
            None => Some(value.type_phrase().to_owned()),
        };
        Self {
            kind: value.type_phrase(),
            shown,
        }
    }
}

impl std::fmt::Display for Operand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.shown {
            Some(shown) => f.write_str(shown),
            None => write!(f, "{} (hidden)", self.kind),
        }
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The text in quotes, shortened if it is long.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(MOST_OF_A_VALUE) {
        Some((end, _)) => format!("{}…", Value::from(&text[..end]).to_json()),
        None => Value::from(text).to_json(),
    }
}

impl ExprError {
    /// Creates an error without a position; [`ExprError::at`] sets it.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        // A name may be a text that the expression created, of any length.
        if let Some((end, _)) = message.char_indices().nth(MOST_SHOWN) {
            message.truncate(end);
            message.push('…');
        }
        Self {
            code,
            message,
            offset: usize::MAX,
            suggestion: None,
            operands: Vec::new(),
        }
    }

    /// Adds the values that did not fit, unless there are some already.
    #[cold]
    pub(crate) fn given(mut self, values: &[&V]) -> Self {
        if self.operands.is_empty() {
            self.operands = values.iter().map(|value| Operand::of(value)).collect();
        }
        self
    }

    /// Removes the values, and keeps only their types.
    #[cold]
    pub(super) fn hide_operands(mut self) -> Self {
        self.operands
            .iter_mut()
            .for_each(|operand| operand.shown = None);
        self
    }

    /// Sets the position, unless a more exact one is set already.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        if self.offset == usize::MAX {
            self.offset = offset;
        }
        self
    }

    /// Sets how to fix it.
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
