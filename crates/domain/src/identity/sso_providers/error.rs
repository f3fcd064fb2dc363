//! Errors of changing an organization's identity providers.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of creating, changing or deleting an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SsoProviderError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such identity provider")]
    NotFound,
    /// The organization has the maximum number.
    #[error("The organization has {most} identity providers, which is the limit", most = super::MOST)]
    TooMany,
    /// Another provider of the organization has the name.
    #[error("name: `{0}` is another identity provider; choose another name")]
    NameTaken(String),
    /// The issuer was changed and the secret was not entered again.
    #[error(
        "clientSecret: enter the secret again, because the issuer has changed: the stored one would \
         be sent to the new address"
    )]
    SecretOfOther,
    /// The provider could not be read, or its settings do not fit it.
    #[error("issuer: {0}")]
    Unusable(String),
}

impl From<SsoProviderError> for AppError {
    fn from(error: SsoProviderError) -> Self {
        let code = match error {
            SsoProviderError::NotFound => ErrorCode::NotFound,
            SsoProviderError::TooMany => ErrorCode::QuotaExceeded,
            SsoProviderError::NameTaken(_) => ErrorCode::Conflict,
            SsoProviderError::SecretOfOther | SsoProviderError::Unusable(_) => {
                ErrorCode::InvalidInput
            }
        };
        let field = match error {
            SsoProviderError::SecretOfOther => Some("clientSecret"),
            SsoProviderError::Unusable(_) => Some("issuer"),
            SsoProviderError::NameTaken(_) => Some("name"),
            _ => None,
        };
        let told = AppError::new(code, error.to_string());
        match field {
            Some(field) => told.with("field", field.into()),
            None => told,
        }
    }
}
