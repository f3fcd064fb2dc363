//! Errors of teams.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading or changing a team.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TeamError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such team")]
    NotFound,
    /// The person is not a member of the organization.
    #[error("There is no such member")]
    NoMember,
    /// Another team has the name.
    #[error("name: `{0}` is already the name of a team; use another name")]
    Taken(String),
    /// The organization has the maximum number of teams.
    #[error("The organization has {most} teams, which is the limit; delete one first", most = super::MAX_TEAMS)]
    TooMany,
}

impl From<TeamError> for AppError {
    fn from(error: TeamError) -> Self {
        let message = error.to_string();
        match error {
            TeamError::NotFound => AppError::not_found("team"),
            TeamError::NoMember => AppError::not_found("member"),
            TeamError::Taken(_) => AppError::conflict(message),
            TeamError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
