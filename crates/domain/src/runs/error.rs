//! Errors of starting, cancelling, retrying and reading runs.

use components::{input_file::InputFileError, model::NotReady, schema::Mismatch};
use serde_json::json;
use thiserror::Error;
use types::ErrorCode;

use super::RunStatus;
use crate::{access::Environment, error::AppError};

/// An error of starting, cancelling, retrying or reading a run.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RunError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such run")]
    NotFound,
    /// The input does not match the pipeline's input schema.
    #[error("input: {}", list(.0))]
    Input(Vec<Mismatch>),
    /// The file in the request cannot be read as an input.
    #[error("inputFile: {0}")]
    InputFile(InputFileError),
    /// The upload cannot be read as an input.
    #[error("inputUpload: {0}")]
    InputUpload(InputFileError),
    /// No permit to read a file became free in time.
    #[error("The server is reading other files; try again in a few seconds")]
    ReadersBusy,
    /// The request has more than one kind of input.
    #[error("Only one of input, inputFile and inputUpload is allowed; remove the others")]
    TwoInputs,
    /// A preview was requested without a file.
    #[error("There is no file to preview; give inputFile or inputUpload")]
    NoFile,
    /// Stages need a model provider that is not configured.
    #[error("{}", .0.message)]
    Provider(NotReady),
    /// The pipeline reads the environment.
    #[error(
        "The pipeline reads the server's environment ({}), which is not available to runs on a \
         server; put the values into the input, or run the file with `flowmason run`",
        .0.join(", ")
    )]
    Env(Vec<String>),
    /// The run has ended.
    #[error("The run is {0}; a finished run cannot be changed")]
    Finished(RunStatus),
    /// The run has not ended.
    #[error("The run is {0}; cancel it first, or wait until it ends")]
    NotFinished(RunStatus),
    /// The run succeeded, so it cannot be retried from a failed stage.
    #[error("The run succeeded, so there is no failed stage; retry it from the start")]
    NothingFailed,
    /// The run whose results are to be reused is of another pipeline.
    #[error("reuseFrom: that run is of another pipeline")]
    OtherPipeline,
    /// The run whose results are to be reused took place in another environment.
    #[error("reuseFrom: that run took place in {}, whose results are reused there only", .0.as_str())]
    OtherEnvironment(Environment),
    /// The stage cannot be run by itself.
    #[error("stage: {0}")]
    NotReusable(engine::run::NotReusable),
    /// The idempotency key was used for a different request.
    #[error("idempotencyKey: another run was started with this key; use a new one")]
    KeyUsed,
    /// The journal cannot be read.
    #[error("{0}")]
    Journal(engine::run::DecodeError),
}

fn list(mismatches: &[Mismatch]) -> String {
    let texts: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl From<RunError> for AppError {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        let with = |code| AppError::new(code, message.clone());
        match error {
            RunError::NotFound => AppError::not_found("run"),
            RunError::Input(mismatches) => with(ErrorCode::InputSchema)
                .with("field", "input".into())
                .with(
                    "errors",
                    serde_json::to_value(mismatches).unwrap_or_default(),
                ),
            RunError::InputFile(_) => with(InputFileError::CODE).with("field", "inputFile".into()),
            RunError::InputUpload(_) => {
                with(InputFileError::CODE).with("field", "inputUpload".into())
            }
            RunError::ReadersBusy => with(ErrorCode::RateLimited),
            RunError::TwoInputs | RunError::NoFile => with(ErrorCode::InvalidInput),
            RunError::Provider(not_ready) => {
                with(NotReady::CODE).with("stages", json!(not_ready.stages))
            }
            RunError::Env(names) => with(ErrorCode::EnvNotAvailable).with("names", json!(names)),
            RunError::Finished(_)
            | RunError::NotFinished(_)
            | RunError::NothingFailed
            | RunError::KeyUsed => with(ErrorCode::Conflict),
            RunError::OtherPipeline | RunError::OtherEnvironment(_) => {
                with(ErrorCode::InvalidInput).with("field", "reuseFrom".into())
            }
            RunError::NotReusable(_) => with(ErrorCode::InvalidInput).with("field", "stage".into()),
            RunError::Journal(error) => {
                tracing::error!(%error, "cannot read a journal");
                with(error.code())
            }
        }
    }
}
