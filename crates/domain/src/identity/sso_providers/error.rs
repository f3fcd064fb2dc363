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
    /// Somebody else has changed or deleted it at the same time.
    #[error(
        "Somebody else has changed this identity provider at the same time; load the page again, then \
         make your change"
    )]
    Changed,
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
    /// The provider speaks OpenID Connect.
    #[error(
        "id: this identity provider speaks OpenID Connect; only one that speaks SAML has a key of \
         this server"
    )]
    NoKey,
    /// There are two keys already.
    #[error(
        "There is a new key already; remove the old one when the provider knows the certificate of \
         the new one, then you can make another"
    )]
    KeyWaits,
    /// There is one key only.
    #[error(
        "There is no other key; make a new one first, and give its certificate to the provider"
    )]
    OnlyKey,
}

impl From<SsoProviderError> for AppError {
    fn from(error: SsoProviderError) -> Self {
        let code = match error {
            SsoProviderError::NotFound => ErrorCode::NotFound,
            SsoProviderError::TooMany => ErrorCode::QuotaExceeded,
            SsoProviderError::Changed
            | SsoProviderError::NameTaken(_)
            | SsoProviderError::KeyWaits
            | SsoProviderError::OnlyKey => ErrorCode::Conflict,
            SsoProviderError::SecretOfOther
            | SsoProviderError::Unusable(..)
            | SsoProviderError::OtherProtocol
            | SsoProviderError::NoMetadata
            | SsoProviderError::NoKey => ErrorCode::InvalidInput,
        };
        let field = match error {
            SsoProviderError::SecretOfOther => Some("clientSecret"),
            SsoProviderError::Unusable(field, _) => Some(field),
            SsoProviderError::OtherProtocol => Some("saml"),
            SsoProviderError::NoMetadata => Some("metadata"),
            SsoProviderError::NoKey => Some("id"),
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
