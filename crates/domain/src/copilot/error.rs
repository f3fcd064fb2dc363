//! Errors of the co-pilot. A model that does not answer, or not usably, is none: it is a result.

use serde_json::json;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of asking the co-pilot, or of accepting what it proposes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CopilotError {
    /// It does not exist, or may not be seen by the caller.
    #[error("There is no such exchange with the co-pilot")]
    NotFound,
    /// The organization has turned it off.
    #[error(
        "The co-pilot is turned off in this organization; somebody with the permission \
         `organization.update` can turn it on"
    )]
    Off,
    /// There is no model.
    #[error("The co-pilot needs a model: {0}")]
    NoModel(String),
    /// The server has no such provider.
    #[error("provider: this server has no provider with the name `{0}`")]
    UnknownProvider(String),
    /// The caller is the system, which has no id.
    #[error("The co-pilot answers people, API keys and applications; this caller is none")]
    NoAsker,
    /// The caller already has the maximum number of answers under way.
    #[error(
        "You have {most} requests to the co-pilot under way, which is the limit; wait until one has ended, or \
         cancel one",
        most = super::MOST_AT_ONCE
    )]
    TooMany,
    /// The organization has the maximum number of answers under way.
    #[error(
        "The organization has {most} requests to the co-pilot under way, which is the limit; wait until one has \
         ended",
        most = super::MOST_OF_ORG_AT_ONCE
    )]
    TooManyOfOrg,
    /// The organization has asked as often as it may.
    #[error(
        "The organization has asked the co-pilot {most} times in the last 24 hours, which is the limit; ask again \
         later",
        most = super::MOST_A_DAY
    )]
    TooManyToday,
    /// The organization has spent what it wants to spend.
    #[error(
        "The organization's budget for the co-pilot is spent: it has asked for {spent} in the last 24 hours, of \
         {budget}"
    )]
    Spent {
        /// The cost of the last 24 hours.
        spent: types::Money,
        /// The budget.
        budget: types::Money,
    },
    /// There is no proposal.
    #[error("There is no proposal: the model has not answered, or its answer cannot be used")]
    NoProposal,
    /// The proposal has no such piece.
    #[error("{field}: the proposal has no piece {piece} (they are counted from 0)")]
    NoPiece {
        /// The field of the request.
        field: &'static str,
        /// The number in the request.
        piece: i32,
    },
    /// A piece needs a look of its own.
    #[error("Pieces need a look of their own, and were not confirmed one by one: {}", listed(.0))]
    LookNeeded(Vec<usize>),
    /// The draft has changed, so that the pieces need a look for other reasons than were shown.
    #[error(
        "The pieces do more in the draft as it is now than was shown; ask the co-pilot again. {}",
        joined(.0)
    )]
    NewLooks(Vec<String>),
    /// The pieces do not fit the draft.
    #[error("The pieces cannot be accepted. {0}")]
    Refused(String),
}

fn joined(looks: &[String]) -> String {
    looks.join("; ")
}

fn listed(pieces: &[usize]) -> String {
    let numbers: Vec<String> = pieces.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}

impl From<CopilotError> for AppError {
    fn from(error: CopilotError) -> Self {
        let message = error.to_string();
        match error {
            CopilotError::NotFound => AppError::not_found("exchange with the co-pilot"),
            CopilotError::Off | CopilotError::NoProposal | CopilotError::Refused(_) => {
                AppError::conflict(message)
            }
            CopilotError::NoModel(_) => AppError::new(ErrorCode::ProviderNotConfigured, message),
            CopilotError::UnknownProvider(_) => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", json!("provider"))
            }
            CopilotError::NoAsker => AppError::new(ErrorCode::Forbidden, message),
            CopilotError::TooMany | CopilotError::TooManyOfOrg | CopilotError::TooManyToday => {
                AppError::new(ErrorCode::RateLimited, message)
            }
            CopilotError::Spent { .. } => AppError::new(ErrorCode::QuotaExceeded, message),
            CopilotError::NoPiece { field, .. } => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", json!(field))
            }
            CopilotError::LookNeeded(pieces) => {
                AppError::new(ErrorCode::PreconditionFailed, message).with("pieces", json!(pieces))
            }
            CopilotError::NewLooks(looks) => {
                AppError::new(ErrorCode::PreconditionFailed, message).with("looks", json!(looks))
            }
        }
    }
}
