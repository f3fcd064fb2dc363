//! The library's client, with our claims.

use openidconnect::{
    AdditionalClaims, AuthType, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdToken, IdTokenFields, RedirectUrl, StandardErrorResponse,
    StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{Provider, SsoError, discovery::Description};

/// The claims of an ID token that the standard does not name, such as groups.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct OtherClaims {
    #[serde(flatten)]
    pub all: Map<String, Json>,
}

impl AdditionalClaims for OtherClaims {}

/// The ID token of a provider.
pub(crate) type Token = IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What a provider answers with when a code is exchanged.
pub(crate) type Tokens = StandardTokenResponse<Fields, CoreTokenType>;

/// Builds requests to one provider.
pub(crate) type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The client of a provider.
pub(crate) fn of(provider: &Provider, description: &Description) -> Result<Client, SsoError> {
    let redirect = RedirectUrl::new(provider.redirect_uri.clone());
    let redirect = redirect.map_err(|error| {
        SsoError::Unsupported(format!(
            "cannot send people back: {error} in this server's URL"
        ))
    })?;
    let secret = provider.client_secret.clone().map(ClientSecret::new);
    let in_header = secret.is_some() && description.secret_in_header()?;
    let client = Client::from_provider_metadata(
        description.metadata.clone(),
        ClientId::new(provider.client_id.clone()),
        secret,
    );
    Ok(client
        .set_redirect_uri(redirect)
        .set_auth_type(match in_header {
            true => AuthType::BasicAuth,
            false => AuthType::RequestBody,
        }))
}
