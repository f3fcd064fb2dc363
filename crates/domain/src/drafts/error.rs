//! Errors of drafts. A conflict of two people is none: it is a result, with both sides.

use engine::edit::EditError;
use serde_json::json;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading, changing or saving a draft.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// The pipeline has no draft.
    #[error("The pipeline has no draft; open it first")]
    NotOpen,
    /// The caller is the system, which has no id.
    #[error(
        "Changes of a draft belong to a person, an API key or an application; this caller is none"
    )]
    NoAuthor,
    /// The revision does not exist yet.
    #[error("revision: is {asked}, and the draft is at revision {current}")]
    Ahead {
        /// The revision in the request.
        asked: i32,
        /// The draft's revision.
        current: i32,
    },
    /// The log no longer has the changes after this revision.
    #[error(
        "The draft has changed too much since revision {asked}: its log begins at revision {oldest}; \
         read the draft again, then repeat the change against its current revision"
    )]
    TooOld {
        /// The revision in the request.
        asked: i32,
        /// The oldest revision that can still be reached.
        oldest: i32,
    },
    /// The draft was changed since the revision that the caller has seen.
    #[error(
        "The draft was changed since revision {asked} and is at revision {current}; look at the changes, \
         then try again with that revision"
    )]
    Moved {
        /// The revision in the request.
        asked: i32,
        /// The draft's revision.
        current: i32,
    },
    /// The change has too many edits.
    #[error("edits: has {0} edits; a change has at most {max}", max = super::MAX_EDITS)]
    TooMany(usize),
    /// The change is too large for the log.
    #[error(
        "edits: with what undoes them they have {0} bytes; a change has at most {max}, so make it in parts",
        max = super::MAX_CHANGE
    )]
    TooLarge(i64),
    /// The author has made another change with this id.
    #[error("changeId: you have made another change of this draft with this id; use a new one")]
    IdUsed,
    /// There is nothing to undo.
    #[error("You have no change in this draft that can be undone")]
    NothingToUndo,
    /// There is nothing to redo.
    #[error("You have undone no change that can be redone")]
    NothingToRedo,
    /// The draft has as many pins as it may have.
    #[error("The draft has {max} pinned outputs, which is the limit; unpin one first", max = super::MAX_PINS)]
    TooManyPins,
    /// The pinned output is too large.
    #[error("output: has {0} bytes as JSON; a pinned one has at most {max}", max = super::MAX_PIN)]
    PinTooLarge(usize),
    /// The stage has no pinned output.
    #[error("`{0}` has no pinned output")]
    NotPinned(String),
    /// Other changes always came first.
    #[error(
        "The draft is being changed by many at once; try again in a moment, with the same changeId"
    )]
    Busy,
    /// The edits cannot be applied to the text.
    #[error("edits: {0}")]
    NotApplicable(EditError),
    /// The text cannot be read.
    #[error("source: {0}")]
    Unreadable(EditError),
}

impl From<DraftError> for AppError {
    fn from(error: DraftError) -> Self {
        let message = error.to_string();
        match error {
            DraftError::NotOpen | DraftError::NotPinned(_) => {
                AppError::new(ErrorCode::NotFound, message)
            }
            DraftError::NoAuthor => AppError::new(ErrorCode::Forbidden, message),
            DraftError::Ahead { .. } => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", "revision".into())
            }
            DraftError::TooOld { oldest, .. } => {
                AppError::new(ErrorCode::PreconditionFailed, message)
                    .with("oldestRevision", oldest.into())
            }
            DraftError::Moved { current, .. } => {
                AppError::new(ErrorCode::PreconditionFailed, message)
                    .with("revision", current.into())
            }
            DraftError::TooMany(_)
            | DraftError::TooLarge(_)
            | DraftError::TooManyPins
            | DraftError::PinTooLarge(_) => AppError::new(ErrorCode::LimitExceeded, message),
            DraftError::IdUsed | DraftError::NothingToUndo | DraftError::NothingToRedo => {
                AppError::conflict(message)
            }
            DraftError::Busy => AppError::new(ErrorCode::Unavailable, message),
            DraftError::NotApplicable(problem) => refused(message, "edits", &problem),
            DraftError::Unreadable(problem) => refused(message, "source", &problem),
        }
    }
}

/// The refusal of edits or of a text, with what programs need to show it in its place.
fn refused(message: String, field: &str, problem: &EditError) -> AppError {
    AppError::new(ErrorCode::InvalidInput, message)
        .with("field", field.into())
        .with("reason", problem.code.as_str().into())
        .with("edit", json!(problem.edit))
        .with("at", json!(problem.field))
        .with("help", json!(problem.help))
}
