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
    /// The provider could not be read, or its settings do not fit it. With the field, and what is
    /// wrong.
    #[error("{0}: {1}")]
    Unusable(&'static str, String),
    /// Settings of the other protocol were sent.
    #[error(
        "saml: the protocol of a provider cannot be changed; add another provider, then turn this \
         one off"
    )]
    OtherProtocol,
    /// A SAML provider is turned on whose metadata is not known.
    #[error(
        "metadata: enter the metadata that the provider shows, or its address, before people can \
         sign in with it; until then, save it turned off"
    )]
    NoMetadata,
}

impl From<SsoProviderError> for AppError {
    fn from(error: SsoProviderError) -> Self {
        let code = match error {
            SsoProviderError::NotFound => ErrorCode::NotFound,
            SsoProviderError::TooMany => ErrorCode::QuotaExceeded,
            SsoProviderError::NameTaken(_) => ErrorCode::Conflict,
            SsoProviderError::SecretOfOther
            | SsoProviderError::Unusable(..)
            | SsoProviderError::OtherProtocol
            | SsoProviderError::NoMetadata => ErrorCode::InvalidInput,
        };
        let field = match error {
            SsoProviderError::SecretOfOther => Some("clientSecret"),
            SsoProviderError::Unusable(field, _) => Some(field),
            SsoProviderError::OtherProtocol => Some("saml"),
            SsoProviderError::NoMetadata => Some("metadata"),
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
