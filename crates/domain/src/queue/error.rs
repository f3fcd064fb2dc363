//! Errors of jobs.

use thiserror::Error;

use super::JobStatus;
use crate::error::AppError;

/// Why a request about a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JobError {
    /// The job does not exist, or belongs to another organization.
    #[error("There is no such job")]
    NotFound,
    /// The job has not failed, so a person cannot retry it.
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
