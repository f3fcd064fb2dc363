//! The error type of all use cases: a stable code, a message for people, details for programs.
//!
//! Causes of internal errors are logged here and never sent to callers.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr};
use serde_json::Value as Json;
use thiserror::Error;
use types::ErrorCode;

/// The error of a use case.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{message}")]
pub struct AppError {
    /// The stable code.
    pub code: ErrorCode,
    /// A message for people: the field, the value and how to fix it.
    pub message: Cow<'static, str>,
    /// More for programs, such as the name of a field or the problems of a refused file; or null.
    pub details: Json,
}

/// The result of a use case.
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

    /// `NOT_FOUND`: the object does not exist or belongs to another organization. The two cases
    /// look the same to the caller.
    pub fn not_found(kind: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {kind}"))
    }

    /// `INVALID_INPUT`: a field of the request is invalid. The message is `field: problem`.
    pub fn invalid(field: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidInput, format!("{field}: {problem}"))
            .with("field", Json::String(field.to_owned()))
    }

    /// `CONFLICT`: the state of the object does not allow this.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// `INTERNAL`: a bug. The cause is logged and not sent.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            ErrorCode::Internal,
            "Something went wrong on our side. Give the request id to the administrator of this \
             server, who can find the cause in the logs",
        )
    }

    /// `STORAGE_FULL`: the disk of the database is full.
    pub fn storage_full() -> Self {
        Self::new(FULL.0, FULL.1)
    }

    /// Adds a field to the details.
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
                "The database is not available right now; try again in a moment",
            );
        }
        Self::internal(error)
    }
}

/// The error for a database's own error code that does not indicate a defective statement;
/// otherwise `None`.
fn refused_by_server(error: &DbErr) -> Option<AppError> {
    let inner = sqlx_error(error)?.as_database_error()?;
    let code = inner.code()?;
    let postgres = inner
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some();
    let refusal = if postgres {
        postgres_refusal(&code)
    } else {
        code.parse().ok().and_then(sqlite_refusal)
    };
    refusal.map(|(code, message)| AppError::new(code, message))
}

const FULL: (ErrorCode, &str) = (
    ErrorCode::StorageFull,
    "The disk of the database is full; nothing was changed. Free some space there and try again.",
);
const BUSY: (ErrorCode, &str) = (
    ErrorCode::Unavailable,
    "The database is busy or starting; nothing was changed. Try again in a moment",
);
const UNWRITABLE: (ErrorCode, &str) = (
    ErrorCode::Unavailable,
    "The database cannot be read or written right now; nothing was changed. The server's log says \
     why.",
);

fn postgres_refusal(code: &str) -> Option<(ErrorCode, &'static str)> {
    match code {
        // The statement timeout.
        "57014" => Some((
            ErrorCode::Timeout,
            "The database took too long; request less at once (a shorter list, a narrower \
             filter), or try again in a moment",
        )),
        "53100" => Some(FULL),
        // Serialization failure, deadlock, lock not available; shutting down, starting up, out of
        // connections, out of memory.
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "53300" | "53200" => Some(BUSY),
        // Read-only (a standby), or an error of the server's files.
        "25006" | "58000" | "58030" => Some(UNWRITABLE),
        _ => None,
    }
}

fn sqlite_refusal(code: u32) -> Option<(ErrorCode, &'static str)> {
    // The shared-memory file beside the database could not be enlarged.
    const IOERR_SHMSIZE: u32 = 4874;
    match (code, code & 0xff) {
        (IOERR_SHMSIZE, _) | (_, 13) => Some(FULL),
        // Busy, locked.
        (_, 5 | 6) => Some(BUSY),
        // Read-only, I/O error, cannot open.
        (_, 8 | 10 | 14) => Some(UNWRITABLE),
        _ => None,
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        _ => matches!(
            sqlx_error(error),
            Some(
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            )
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_its_own_code_on_both_databases() {
        assert_eq!(postgres_refusal("53100"), Some(FULL));
        for full in [13, 4874] {
            assert_eq!(sqlite_refusal(full), Some(FULL));
        }
        for busy in [5, 261, 6] {
            assert_eq!(sqlite_refusal(busy), Some(BUSY));
        }
        for unwritable in [8, 778, 14] {
            assert_eq!(sqlite_refusal(unwritable), Some(UNWRITABLE));
        }
        // Violated constraints and the like are handled by the use case, or are a defect.
        for defect in [1, 19, 2067] {
            assert_eq!(sqlite_refusal(defect), None);
        }
        for defect in ["23505", "42601"] {
            assert_eq!(postgres_refusal(defect), None);
        }
    }
}
