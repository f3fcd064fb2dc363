//! The part of OpenID Connect in a sign-in: where the browser is sent, and what the answer proves.

use sso::{Answer, Identity, Kept, SsoError};

use super::{
    SsoAnswer, SsoSignInError,
    begin::{Begun, PURPOSE},
    entity, service,
};
use crate::{App, error::Result, sealed};

/// Begins at a provider; otherwise why it cannot be used.
pub async fn begin(
    app: &App,
    provider: &sso::Provider,
    state: &str,
    hint: Option<&str>,
) -> Result<Result<Begun, String>> {
    let begun = service(app)?.begin(provider, state, hint).await;
    Ok(match begun {
        Ok(begun) => Ok(Begun {
            url: begun.url,
            expects: begun.nonce,
            keeps: begun.verifier.into_bytes(),
        }),
        Err(error) => Err(error.to_string()),
    })
}

/// The person at the provider; otherwise what they are told, and the reason.
pub async fn identity(
    app: &App,
    provider: &sso::Provider,
    attempt: &entity::Model,
    answer: SsoAnswer<'_>,
) -> Result<Identity, (SsoSignInError, String)> {
    let refused = |reason: String| (SsoSignInError::Refused, reason);
    if let Some(error) = answer.error {
        let more = answer.error_description.unwrap_or("no description");
        let reason = format!("The provider answered `{error}`: {more}");
        return Err((SsoSignInError::Denied, reason));
    }
    let code = answer.code.filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| refused("The answer has no code".to_owned()))?;
    let verifier = sealed::open(app, PURPOSE, &attempt.state_hash, &attempt.verifier);
    let verifier = verifier.map_err(|error| refused(error.message.into_owned()))?;
    let verifier = String::from_utf8(verifier).map_err(|error| refused(error.to_string()))?;
    let kept = Kept {
        nonce: &attempt.nonce,
        verifier: &verifier,
    };
    let answer = Answer {
        code,
        iss: answer.iss,
    };
    let sso = service(app).map_err(|error| refused(error.message.into_owned()))?;
    let found = sso.finish(provider, answer, kept, app.clock().now()).await;
    found.map_err(|error: SsoError| refused(error.to_string()))
}
