//! What a response is checked against.

use chrono::{DateTime, Utc};

use crate::{Certificate, PrivateKey};

/// Which parts the provider has to sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignedParts {
    /// The assertion, or the response around it. Both are safe, and providers differ.
    #[default]
    Either,
    /// The assertion.
    Assertion,
    /// The response.
    Response,
    /// Both.
    Both,
}

/// What a response must fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider's entity id.
    pub provider: &'a str,
    /// The provider's signing certificates; nothing that a message brings along is one.
    pub certificates: &'a [Certificate],
    /// What has to be signed.
    pub signed: SignedParts,
    /// This server's entity id.
    pub service: &'a str,
    /// The address to which the response was sent.
    pub acs: &'a str,
    /// The id of the open request of this browser, which the caller has just made unusable.
    pub request: Option<&'a str>,
    /// Whether a response without a request is accepted.
    pub unsolicited: bool,
    /// The keys to decrypt with, the current one first.
    pub keys: &'a [PrivateKey],
    /// The time.
    pub now: DateTime<Utc>,
}
