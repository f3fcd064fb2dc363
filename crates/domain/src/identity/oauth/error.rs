//! The refusals of the OAuth 2.0 endpoints: a code of the specifications, and a description.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// A code of RFC 6749, 6750, 7009 or 8628.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthCode {
    /// A parameter is missing, invalid, or given twice.
    InvalidRequest,
    /// The application is unknown, or did not prove who it is.
    InvalidClient,
    /// The code or the token is unknown, used, expired, or another application's.
    InvalidGrant,
    /// The application may not use this flow.
    UnauthorizedClient,
    /// The `grant_type` is not supported.
    UnsupportedGrantType,
    /// The `response_type` is not supported.
    UnsupportedResponseType,
    /// A scope is unknown, or not one of the application's.
    InvalidScope,
    /// The person said no.
    AccessDenied,
    /// The person has not answered yet.
    AuthorizationPending,
    /// The application asks too often.
    SlowDown,
    /// The device's code has expired.
    ExpiredToken,
    /// Too many requests from one address or person.
    TooManyRequests,
    /// A dependency is not available.
    TemporarilyUnavailable,
    /// A bug.
    ServerError,
}

impl OauthCode {
    /// The code, as applications see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::TooManyRequests | Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{description}")]
pub struct OauthError {
    /// The code.
    pub code: OauthCode,
    /// What is wrong and what to do, in the characters that the specification allows.
    pub description: String,
}

/// The result of an endpoint.
pub type Result<T, E = OauthError> = std::result::Result<T, E>;

impl OauthError {
    /// A refusal.
    pub fn new(code: OauthCode, description: impl AsRef<str>) -> Self {
        let allowed = |c: char| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        };
        Self {
            code,
            description: description.as_ref().chars().map(allowed).collect(),
        }
    }

    /// The refusal of a parameter: its name and the problem.
    pub fn parameter(name: &str, problem: &str) -> Self {
        Self::new(OauthCode::InvalidRequest, format!("{name}: {problem}"))
    }

    /// The refusal of a code or token, which says nothing about it.
    pub fn grant(name: &str) -> Self {
        Self::new(
            OauthCode::InvalidGrant,
            format!("{name}: is unknown, used, expired or revoked; ask the person again"),
        )
    }
}

impl From<AppError> for OauthError {
    fn from(error: AppError) -> Self {
        let code = match error.code {
            ErrorCode::RateLimited => OauthCode::TooManyRequests,
            ErrorCode::Unavailable | ErrorCode::StorageFull => OauthCode::TemporarilyUnavailable,
            ErrorCode::InvalidInput => OauthCode::InvalidRequest,
            ErrorCode::Forbidden | ErrorCode::NotFound => OauthCode::AccessDenied,
            _ => OauthCode::ServerError,
        };
        Self::new(code, error.message)
    }
}

impl From<sea_orm::DbErr> for OauthError {
    fn from(error: sea_orm::DbErr) -> Self {
        AppError::from(error).into()
    }
}

/// A refusal as the dashboard shows it.
impl From<OauthError> for AppError {
    fn from(error: OauthError) -> Self {
        let code = match error.code {
            OauthCode::TooManyRequests => ErrorCode::RateLimited,
            OauthCode::TemporarilyUnavailable => ErrorCode::Unavailable,
            OauthCode::ServerError => ErrorCode::Internal,
            _ => ErrorCode::InvalidInput,
        };
        let reason = serde_json::Value::from(error.code.as_str());
        AppError::new(code, error.description).with("reason", reason)
    }
}
