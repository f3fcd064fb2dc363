//! The way to the provider: the address to which the browser is sent.

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, Scope, core::CoreAuthenticationFlow};

use crate::{Provider, Sso, SsoError, client};

/// A sign-in that has begun. All but the address is kept until the answer.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to send the browser.
    pub url: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// What proves, when the code is exchanged, that this server began (PKCE).
    pub verifier: String,
}

impl Sso {
    /// Begins a sign-in. `state` is what the answer has to repeat; `hint` is the email address that
    /// the person has entered, if any.
    pub async fn begin(
        &self,
        provider: &Provider,
        state: &str,
        hint: Option<&str>,
    ) -> Result<Begun, SsoError> {
        let known = self.known(&provider.issuer).await?;
        let client = client::of(provider, &known.description)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = state.to_owned();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new_random_len(32),
            )
            .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        if let Some(hint) = hint {
            request = request.add_extra_param("login_hint", hint.to_owned());
        }
        let (url, _, nonce) = request.url();
        Ok(Begun {
            url: url.into(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }
}
