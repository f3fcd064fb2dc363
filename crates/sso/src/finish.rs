//! The way back: the provider's answer becomes an identity.

use chrono::{DateTime, Utc};
use components::http::HttpError;
use openidconnect::{
    AuthorizationCode, OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError,
    StandardErrorResponse, TokenResponse, core::CoreErrorResponseType,
};

use crate::{
    Identity, Provider, Sso, SsoError,
    client::{self, Client, Tokens},
    identity::Claims,
    known::Known,
    verify::{Refused, Verifier},
};

/// What the provider sent back through the browser.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The code to exchange.
    pub code: &'a str,
    /// The issuer that the answer names (RFC 9207).
    pub iss: Option<&'a str>,
}

/// What was kept of the beginning.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// See [`crate::Begun::nonce`].
    pub nonce: &'a str,
    /// See [`crate::Begun::verifier`].
    pub verifier: &'a str,
}

impl Sso {
    /// Checks the answer, exchanges its code, and checks the ID token. Each code must be given to
    /// this function at most once.
    pub async fn finish(
        &self,
        provider: &Provider,
        answer: Answer<'_>,
        kept: Kept<'_>,
        now: DateTime<Utc>,
    ) -> Result<Identity, SsoError> {
        let known = self.known(&provider.issuer).await?;
        is_from(provider, &known, answer.iss)?;
        let client = client::of(provider, &known.description)?;
        let tokens = self.exchange(&client, answer.code, kept.verifier).await?;
        let token = tokens.id_token().ok_or_else(|| {
            SsoError::Token("the answer has none; is `openid` allowed for this client?".to_owned())
        })?;
        let verifier = Verifier {
            provider,
            description: &known.description,
            nonce: kept.nonce,
            now,
        };
        let access = tokens.access_token();
        let verified = match verifier.verify(token, access, &known.keys()) {
            Err(Refused::UnknownKey) if self.reread_keys(&known).await? => {
                verifier.verify(token, access, &known.keys())
            }
            verified => verified,
        };
        let claims = verified.map_err(SsoError::from)?;
        let mut found = Claims::of_token(claims);
        if found.lacks(provider)
            && let Some(endpoint) = known.description.metadata.userinfo_endpoint()
        {
            let token = access.secret();
            self.user_info(endpoint.as_str(), token, &mut found).await?;
        }
        Ok(found.identity(provider))
    }

    async fn exchange(
        &self,
        client: &Client,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, SsoError> {
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| SsoError::Exchange(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let http = |request| self.http.call(request);
        request.request_async(&http).await.map_err(not_exchanged)
    }
}

/// Whether the answer comes from the provider that was asked.
fn is_from(provider: &Provider, known: &Known, iss: Option<&str>) -> Result<(), SsoError> {
    let found = match iss {
        Some(iss) if iss == provider.issuer => return Ok(()),
        Some(iss) => format!("`{}`", iss.chars().take(200).collect::<String>()),
        None if !known.description.names_itself => return Ok(()),
        None => "missing".to_owned(),
    };
    Err(SsoError::OtherAnswer {
        expected: provider.issuer.clone(),
        found,
    })
}

type NotExchanged = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

fn not_exchanged(error: NotExchanged) -> SsoError {
    match error {
        RequestTokenError::ServerResponse(said) => {
            let code = said.error().as_ref();
            let more = said.error_description().map(String::as_str);
            let text = format!("it answered `{code}`: {}", more.unwrap_or("no description"));
            let hint = match code {
                "invalid_client" => "; check the client id and the client secret",
                _ => "",
            };
            let text: String = text.chars().take(300).collect();
            SsoError::Exchange(text + hint)
        }
        RequestTokenError::Request(error) => SsoError::Exchange(error.to_string()),
        // An ID token that cannot be read is a part of the answer that cannot be read.
        RequestTokenError::Parse(error, _) => SsoError::Token(error.to_string()),
        RequestTokenError::Other(text) => SsoError::Exchange(text),
    }
}
