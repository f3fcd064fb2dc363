//! A provider for the tests: it writes, signs and encrypts messages, good and bad ones.

mod encrypt;
mod keys;
mod messages;
mod sign;

pub use encrypt::{Encryption, encrypted};
pub use keys::{curve, idp, other, service};
pub use messages::{Assertion, NOT_ON_OR_AFTER, REQUEST, Response, now};
pub use sign::{Template, bare, signed, signed_with};

use saml::{Certificate, Expected, PrivateKey, Refusal, RefusalKind, SignedParts, Verified};

pub const PROVIDER: &str = "https://idp.example.test/metadata";
pub const SERVICE: &str = "https://sp.example.test/saml/metadata";
pub const ACS: &str = "https://sp.example.test/saml/acs";
pub const SLO: &str = "https://sp.example.test/saml/slo";

/// What the tests expect, if they do not say otherwise.
pub fn expected<'a>(certificates: &'a [Certificate], keys: &'a [PrivateKey]) -> Expected<'a> {
    Expected {
        provider: PROVIDER,
        certificates,
        signed: SignedParts::Either,
        service: SERVICE,
        acs: ACS,
        request: Some(REQUEST),
        unsolicited: false,
        keys,
        now: now(),
    }
}

/// Verifies a message of the tests' provider.
pub fn verify(message: &str) -> Result<Verified, Refusal> {
    let certificates = [idp().certificate.clone()];
    let keys = [service().key.clone()];
    saml::verify(message.as_bytes(), &expected(&certificates, &keys))
}

/// The kind of refusal of a message.
#[track_caller]
pub fn refused(message: &str) -> RefusalKind {
    match verify(message) {
        Ok(verified) => {
            let begin: String = message.chars().take(500).collect();
            panic!("accepted as {}: {begin}", verified.name_id.value)
        }
        Err(refusal) => refusal.kind,
    }
}
