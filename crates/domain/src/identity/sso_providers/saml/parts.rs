//! The words for which parts a provider has to sign.

use saml::SignedParts;

use crate::error::{AppError, Result};

/// The name that is stored.
pub const fn as_str(parts: SignedParts) -> &'static str {
    match parts {
        SignedParts::Either => "either",
        SignedParts::Assertion => "assertion",
        SignedParts::Response => "response",
        SignedParts::Both => "both",
    }
}

/// The parts with this name.
pub fn read(text: &str) -> Result<SignedParts> {
    let all = [
        SignedParts::Either,
        SignedParts::Assertion,
        SignedParts::Response,
        SignedParts::Both,
    ];
    let found = all.into_iter().find(|one| as_str(*one) == text);
    found.ok_or_else(|| AppError::internal("unknown parts that a provider has to sign"))
}
