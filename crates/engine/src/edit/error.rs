//! Why an edit cannot be applied.

use types::ErrorCode;

/// Why an edit cannot be applied. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EditError {
    /// `INVALID_JSON` and the other codes of a text that cannot be read, `UNKNOWN_STAGE`,
    /// `DUPLICATE_STAGE`, `MISSING_FIELD` (there is nothing at the path), `WRONG_TYPE`,
    /// `INVALID_VALUE`, `CYCLE`, `UNSUPPORTED` or `LIMIT_EXCEEDED`.
    pub code: ErrorCode,
    /// The number of the edit in its list, from 0; `None` if the text itself is the problem.
    pub edit: Option<usize>,
    /// The field that the problem is about, such as `on` or `$.config.prompt`.
    pub field: Option<String>,
    /// What is wrong, with the value, in lower case and without a period.
    pub message: String,
    /// What to do instead.
    pub help: Option<String>,
}

impl EditError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            edit: None,
            field: None,
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn of(mut self, edit: usize) -> Self {
        self.edit.get_or_insert(edit);
        self
    }
}
