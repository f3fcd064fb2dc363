//! The one error of every use case: a stable code, a sentence for a person, details for programs.
//!
//! What went wrong inside is logged here and never sent.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr};
use serde_json::Value as Json;
use thiserror::Error;
use types::ErrorCode;

/// Why a use case did not do what was asked.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{message}")]
pub struct AppError {
    /// The stable code.
    pub code: ErrorCode,
    /// A sentence for a person: the field, the value and the way out.
    pub message: Cow<'static, str>,
    /// More for programs (the problems of a refused file, the name of a field), or null.
    pub details: Json,
}

/// What a use case gives.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

impl AppError {
    /// An error without details.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Json::Null,
        }
    }

    /// The thing does not exist or is somebody else's; nobody can tell which.
    pub fn not_found(kind: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {kind}"))
    }

    /// A field of the request is wrong.
    pub fn invalid(field: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidInput, format!("{field}: {problem}"))
            .with("field", Json::String(field.to_owned()))
    }

    /// The state of the thing does not allow this.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// A defect of ours: logged with its cause, sent without.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            ErrorCode::Internal,
            "something went wrong on our side; the request id finds it in the logs",
        )
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: Json) -> Self {
        match &mut self.details {
            Json::Object(map) => {
                map.insert(name.to_owned(), value);
            }
            _ => self.details = serde_json::json!({ name: value }),
        }
        self
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        if let Some(refusal) = refused_by_server(&error) {
            tracing::warn!(cause = %error, "the database ended a statement");
            return refusal;
        }
        if is_unavailable(&error) {
            tracing::error!(cause = %error, "the database is not available");
            return Self::new(
                ErrorCode::Unavailable,
                "the database is not available right now; try again in a moment",
            );
        }
        Self::internal(error)
    }
}

/// What PostgreSQL's codes mean that are no defect of a statement.
fn refused_by_server(error: &DbErr) -> Option<AppError> {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))
    | DbErr::Conn(RuntimeErr::SqlxError(inner))) = error
    else {
        return None;
    };
    let code = inner.as_database_error()?.code()?;
    match &*code {
        // Its own limit of time.
        "57014" => Some(AppError::new(
            ErrorCode::Timeout,
            "the database needs too long for this; ask for less at once (a shorter list, a \
             narrower filter), or try again in a moment",
        )),
        // Serialization, deadlock, a lock; shutting down, not up yet, out of connections.
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "53300" => Some(AppError::new(
            ErrorCode::Unavailable,
            "the database is busy or starting; nothing was changed, try again in a moment",
        )),
        _ => None,
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => {
            matches!(
                **e,
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            )
        }
        _ => false,
    }
}
