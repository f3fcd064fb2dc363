//! One finding in a pipeline file.

use serde::Serialize;
use types::ErrorCode;

use crate::source::Span;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pipeline cannot run.
    Error,
    /// It runs, but perhaps not as meant.
    Warning,
}

/// One finding in a pipeline file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code.
    pub code: ErrorCode,
    /// What is wrong, in a sentence that names the field and the value.
    pub message: String,
    /// How to fix it, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The JSON path of the place (`$.stages[3].config.prompt`).
    pub path: String,
    /// The stage it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The place in bytes.
    pub span: Span,
    /// Another place that belongs to it (the first of two equal keys).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<Related>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The place in bytes.
    pub span: Span,
}

impl Diagnostic {
    /// Whether the pipeline cannot run because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
