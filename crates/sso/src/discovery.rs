//! The provider's own description: its addresses, and what it supports.

use openidconnect::core::{
    CoreClientAuthMethod, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata,
};
use serde_json::Value as Json;

use crate::{SsoError, http::Http, issuer};

/// The signatures that are accepted: those of public keys. Neither `none` nor a signature with the
/// client's secret, which whoever knows the secret could make.
const ACCEPTED: &[Alg] = &[
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

const WHAT: &str = "The discovery document";

/// What a provider says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub metadata: CoreProviderMetadata,
    /// Whether every answer names its issuer (RFC 9207).
    pub names_itself: bool,
    /// The accepted signatures that the provider uses.
    pub algorithms: Vec<Alg>,
}

impl Description {
    /// The address at which codes are exchanged.
    pub fn token_endpoint(&self) -> &str {
        let endpoint = self.metadata.token_endpoint();
        endpoint.map_or("", |endpoint| endpoint.as_str())
    }

    /// Whether the client's secret is sent in a header: the usual way, unless the provider lists
    /// only others.
    pub fn secret_in_header(&self) -> Result<bool, SsoError> {
        let Some(methods) = self.metadata.token_endpoint_auth_methods_supported() else {
            return Ok(true);
        };
        if methods.contains(&CoreClientAuthMethod::ClientSecretBasic) {
            return Ok(true);
        }
        if methods.contains(&CoreClientAuthMethod::ClientSecretPost) {
            return Ok(false);
        }
        Err(SsoError::Unsupported(
            "accepts a client's secret neither by `client_secret_basic` nor by \
             `client_secret_post`; allow one of them"
                .to_owned(),
        ))
    }
}

/// Reads the description of an issuer.
pub(crate) async fn read(http: &Http, issuer: &str) -> Result<Description, SsoError> {
    issuer::check(issuer)?;
    let url = issuer::well_known(issuer);
    let document = http.json(WHAT, &url, None).await?;
    describe(http, issuer, url, document)
}

fn describe(
    http: &Http,
    issuer: &str,
    url: String,
    document: Json,
) -> Result<Description, SsoError> {
    let named = document["issuer"].as_str().unwrap_or_default();
    if named != issuer {
        return Err(SsoError::OtherIssuer {
            expected: issuer.to_owned(),
            found: named.chars().take(200).collect(),
        });
    }
    let wrong = |problem: String| SsoError::Document {
        what: WHAT,
        url: url.clone(),
        problem,
    };
    let names_itself = document["authorization_response_iss_parameter_supported"] == true;
    let metadata: CoreProviderMetadata =
        serde_json::from_value(document).map_err(|error| wrong(error.to_string()))?;
    let Some(token) = metadata.token_endpoint() else {
        return Err(wrong("`token_endpoint` is missing".to_owned()));
    };
    let user_info = metadata.userinfo_endpoint().map(|url| url.as_str());
    let addresses = [
        (
            "authorization_endpoint",
            Some(metadata.authorization_endpoint().as_str()),
        ),
        ("token_endpoint", Some(token.as_str())),
        ("jwks_uri", Some(metadata.jwks_uri().as_str())),
        ("userinfo_endpoint", user_info),
    ];
    for (name, address) in addresses {
        let Some(address) = address else { continue };
        if issuer.starts_with("https:") && !address.starts_with("https:") {
            return Err(wrong(format!("`{name}` does not begin with `https://`")));
        }
        http.check(address)
            .map_err(|error| wrong(format!("`{name}`: {error}")))?;
    }
    let offered = metadata.id_token_signing_alg_values_supported();
    let algorithms: Vec<Alg> = ACCEPTED
        .iter()
        .filter(|one| offered.contains(one))
        .cloned()
        .collect();
    if algorithms.is_empty() {
        return Err(SsoError::Unsupported(
            "signs ID tokens with none of the accepted algorithms (RS256, ES256, EdDSA and others \
             with public keys)"
                .to_owned(),
        ));
    }
    Ok(Description {
        metadata,
        names_itself,
        algorithms,
    })
}
