//! The checks of an ID token.
//!
//! The library checks the signature against the allowed algorithms, the issuer, the audiences, the
//! expiry and the nonce. It leaves the authorized party, the time of issue and the hashes of the
//! access token to its users.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenClaims,
    IdTokenVerifier, Nonce, SignatureVerificationError,
    core::{CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet},
};

use crate::{
    Provider, SsoError,
    client::{OtherClaims, Token},
    discovery::Description,
};

/// How far the provider's clock may differ from ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// The oldest ID token. It was made for this sign-in, a moment ago.
const OLDEST: TimeDelta = TimeDelta::minutes(15);

/// The claims of an ID token that passed all checks.
pub(crate) type Verified = IdTokenClaims<OtherClaims, CoreGenderClaim>;

/// Why a token was refused.
pub(crate) enum Refused {
    /// It is signed with a key that is not known.
    UnknownKey,
    /// Anything else.
    For(String),
}

impl From<Refused> for SsoError {
    fn from(refused: Refused) -> Self {
        SsoError::Token(
            match refused {
                Refused::UnknownKey => "it is signed with a key that the provider does not publish",
                Refused::For(ref text) => text,
            }
            .to_owned(),
        )
    }
}

/// What a token is checked against.
pub(crate) struct Verifier<'a> {
    pub provider: &'a Provider,
    pub description: &'a Description,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
}

impl Verifier<'_> {
    /// The token's claims, if every check passes.
    pub fn verify(
        &self,
        token: &Token,
        access: &AccessToken,
        keys: &CoreJsonWebKeySet,
    ) -> Result<Verified, Refused> {
        let now = self.now;
        let audiences = &self.provider.audiences;
        let client = ClientId::new(self.provider.client_id.clone());
        // As for a client without a secret: a signature with the secret is never accepted.
        let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(
            client.clone(),
            self.description.metadata.issuer().clone(),
            keys.clone(),
        )
        .set_allowed_algs(self.description.algorithms.iter().cloned())
        .set_other_audience_verifier_fn(|other| audiences.iter().any(|one| one == other.as_str()))
        .set_time_fn(move || now - SKEW)
        .set_issue_time_verifier_fn(move |at| issued(at, now));
        let nonce = Nonce::new(self.nonce.to_owned());
        let claims = token.claims(&verifier, &nonce).map_err(why)?;
        let party = claims.authorized_party();
        if party.is_some_and(|party| *party != client) {
            return refuse("`azp` names another client");
        }
        if party.is_none() && claims.audiences().len() > 1 {
            return refuse("it has several audiences and no `azp`");
        }
        let algorithm = token.signing_alg().map_err(|error| unsigned(&error))?;
        let key = token
            .signing_key(&verifier)
            .map_err(|error| unsigned(&error))?;
        if let Some(hash) = claims.access_token_hash() {
            let own = AccessTokenHash::from_token(access, algorithm, key);
            if own.ok().as_ref() != Some(hash) {
                return refuse("`at_hash` does not belong to the access token");
            }
        }
        if claims.subject().is_empty() {
            return refuse("`sub` is empty");
        }
        Ok(claims.clone())
    }
}

fn refuse<T>(why: &str) -> Result<T, Refused> {
    Err(Refused::For(why.to_owned()))
}

/// Whether a token was issued for this sign-in, as far as its time tells.
fn issued(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), String> {
    if at > now + SKEW {
        return Err(format!("it was issued in the future, at {at}"));
    }
    if at < now - OLDEST {
        return Err(format!("it was issued too long ago, at {at}"));
    }
    Ok(())
}

fn why(error: ClaimsVerificationError) -> Refused {
    match error {
        ClaimsVerificationError::SignatureVerification(error) => unsigned(&error),
        other => Refused::For(other.to_string()),
    }
}

fn unsigned(error: &SignatureVerificationError) -> Refused {
    match error {
        SignatureVerificationError::NoMatchingKey => Refused::UnknownKey,
        SignatureVerificationError::CryptoError(_) => {
            Refused::For("its signature is wrong".to_owned())
        }
        other => Refused::For(other.to_string()),
    }
}
