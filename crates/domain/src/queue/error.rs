//! Why a job is not there or not repeated.

use thiserror::Error;

use super::JobStatus;
use crate::error::AppError;

/// Why a job is not there or not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JobError {
    /// It does not exist, or is another organization's.
    #[error("There is no such job")]
    NotFound,
    /// Only a job that has used up its attempts can be retried by a person.
    #[error("The job is {0}; only a failed job can be retried")]
    NotFailed(JobStatus),
    /// A newer attempt, perhaps in another process, took the job over.
    #[error("Another worker has taken this job over")]
    Superseded,
}

impl From<JobError> for AppError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotFound => AppError::not_found("job"),
            other => AppError::conflict(other.to_string()),
        }
    }
}
