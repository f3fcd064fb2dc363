//! One finding in a pipeline file.

use serde::Serialize;
use types::ErrorCode;

use crate::source::Span;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pipeline cannot run.
    Error,
    /// The pipeline can run, but perhaps not as intended.
    Warning,
}

/// One finding in a pipeline file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// The stable error code.
    pub code: ErrorCode,
    /// What is wrong, in one sentence that names the field and the value.
    pub message: String,
    /// How to fix it, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The JSON path of the value (`$.stages[3].config.prompt`).
    pub path: String,
    /// The id of the stage that it is about; `None` for the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The position in bytes.
    pub span: Span,
    /// A related position, such as the first of two equal keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<Related>,
}

/// A position related to a finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Related {
    /// A label for the position.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The position in bytes.
    pub span: Span,
}

impl Diagnostic {
    /// Whether this finding keeps the pipeline from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
