//! Errors of importing, changing and reading pipelines.

use engine::check::Diagnostic;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of importing, changing or reading a pipeline.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PipelineError {
    /// The pipeline does not exist, or belongs to another organization.
    #[error("There is no such pipeline")]
    NotFound,
    /// The version does not exist, or belongs to another organization.
    #[error("There is no such version")]
    VersionNotFound,
    /// The pipeline is deleted.
    #[error(
        "The pipeline is deleted; restore it to push versions and to start runs, or use another one"
    )]
    Deleted,
    /// The pipeline was deleted so long ago that it cannot be restored.
    #[error(
        "The pipeline was deleted more than {days} days ago and cannot be restored; import its file \
         as a new pipeline", days = super::RETENTION.num_days()
    )]
    Purged,
    /// The pipeline has no stage.
    #[error("The pipeline is empty; push a version with at least one stage, then start it")]
    Empty,
    /// The idempotency key was used for a different request.
    #[error("idempotencyKey: another pipeline was created with this key; use a new one")]
    KeyUsed,
    /// The text has errors. All diagnostics are in the error's details.
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
            PipelineError::Deleted => AppError::new(ErrorCode::PipelineDeleted, message),
            PipelineError::Empty => AppError::new(ErrorCode::PipelineEmpty, message),
            PipelineError::Purged | PipelineError::KeyUsed => AppError::conflict(message),
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
