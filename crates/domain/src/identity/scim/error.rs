//! Errors of provisioning.

use scim::{ScimError, ScimType};
use serde_json::json;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of provisioning, besides those of the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScimUseError {
    /// No such user, or one of another organization.
    #[error("There is no such user")]
    NoUser,
    /// No such group, or one of another organization.
    #[error("There is no such group")]
    NoGroup,
    /// No such token, or one of another organization.
    #[error("There is no such token")]
    NoToken,
    /// The bearer token is missing, wrong, expired or revoked. The cases look the same.
    #[error(
        "The request has no valid token; send `Authorization: Bearer fmscim_…` with a token from \
         Settings, Provisioning"
    )]
    Unauthenticated,
    /// The token has sent too many requests.
    #[error("Too many requests with this token; wait a moment and try again")]
    TooManyRequests,
    /// Another user has the name.
    #[error("userName: another user has this name; change that user, or send another name")]
    NameTaken,
    /// Another group has the name.
    #[error("displayName: another group has this name; change that group, or send another name")]
    GroupNameTaken,
    /// Another provisioned user has the account.
    #[error(
        "emails: another user has the account with this address; change that user, or send another \
         address"
    )]
    AccountTaken,
    /// The person is the only owner.
    #[error(
        "This person is the organization's only owner, who always stays; make another member an owner \
         in FlowMason first, then try again"
    )]
    LastOwner,
    /// The token may not end the membership of owners.
    #[error(
        "This person is an owner of the organization, and the token was created by somebody who may \
         not remove owners; let an owner create a new token, or change the person's role in FlowMason"
    )]
    Owner,
    /// The version in `If-Match` is not the current one.
    #[error("If-Match: the resource has changed; read it again and send its new version")]
    Changed,
    /// Somebody else has changed the same a moment ago.
    #[error("Somebody else is changing the same; nothing was changed, try again in a moment")]
    Busy,
    /// The organization has the maximum number of something.
    #[error("The organization has {0} {1}, which is the limit; delete some first")]
    TooMany(u64, &'static str),
}

impl From<ScimUseError> for AppError {
    fn from(error: ScimUseError) -> Self {
        let code = match error {
            ScimUseError::NoUser | ScimUseError::NoGroup | ScimUseError::NoToken => {
                ErrorCode::NotFound
            }
            ScimUseError::Unauthenticated => ErrorCode::Unauthenticated,
            ScimUseError::TooManyRequests => ErrorCode::RateLimited,
            ScimUseError::Owner => ErrorCode::Forbidden,
            ScimUseError::Changed => ErrorCode::PreconditionFailed,
            ScimUseError::Busy => ErrorCode::Unavailable,
            ScimUseError::TooMany(..) => ErrorCode::QuotaExceeded,
            ScimUseError::NameTaken
            | ScimUseError::GroupNameTaken
            | ScimUseError::AccountTaken
            | ScimUseError::LastOwner => ErrorCode::Conflict,
        };
        let told = AppError::new(code, error.to_string());
        match error {
            ScimUseError::NameTaken | ScimUseError::GroupNameTaken | ScimUseError::AccountTaken => {
                told.with("scimType", json!(ScimType::Uniqueness.as_str()))
            }
            _ => told,
        }
    }
}

impl From<ScimError> for AppError {
    fn from(error: ScimError) -> Self {
        AppError::new(ErrorCode::InvalidInput, error.detail)
            .with("scimType", json!(error.scim_type.as_str()))
    }
}
