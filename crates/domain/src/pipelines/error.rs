//! Why a pipeline is not imported or not there.

use engine::check::Diagnostic;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why a pipeline is not imported or not there.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PipelineError {
    /// It does not exist, or is another organization's.
    #[error("there is no such pipeline")]
    NotFound,
    /// So for a version.
    #[error("there is no such version")]
    VersionNotFound,
    /// The text has errors; all findings are in the details.
    #[error("source: {}", summary(.0))]
    Faulty(Vec<Diagnostic>),
    /// The text is too long.
    #[error("source: has {0} bytes; a pipeline file has at most {max}", max = super::MAX_SOURCE)]
    TooLarge(usize),
}

fn summary(problems: &[Diagnostic]) -> String {
    let errors: Vec<&Diagnostic> = problems
        .iter()
        .filter(|problem| problem.is_error())
        .collect();
    match errors.first() {
        None => "has errors".to_owned(),
        Some(first) => {
            let more = match errors.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            format!(
                "line {}, column {}: {}{more}",
                first.line, first.column, first.message
            )
        }
    }
}

impl From<PipelineError> for AppError {
    fn from(error: PipelineError) -> Self {
        let message = error.to_string();
        match error {
            PipelineError::NotFound => AppError::not_found("pipeline"),
            PipelineError::VersionNotFound => AppError::not_found("version"),
            PipelineError::Faulty(problems) => AppError::new(ErrorCode::InvalidInput, message)
                .with("field", "source".into())
                .with(
                    "problems",
                    serde_json::to_value(problems).unwrap_or_default(),
                ),
            PipelineError::TooLarge(_) => AppError::new(ErrorCode::LimitExceeded, message),
        }
    }
}
