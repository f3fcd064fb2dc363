//! The algorithms that are accepted: SHA-2 with RSA and ECDSA. Everything else is refused, SHA-1, MD5
//! and all kinds of HMAC included.

use openssl::hash::MessageDigest;
use samael::crypto::AllowedSignatureAlgorithm as Allowed;

use crate::certificate::KeyType;

/// An accepted algorithm of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm {
    name: &'static str,
    /// What verifies such a signature.
    pub key_type: KeyType,
    allowed: Allowed,
}

const RSA: KeyType = KeyType::Rsa;
const CURVE: KeyType = KeyType::Curve;

#[rustfmt::skip]
const ALL: [Algorithm; 6] = [
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", key_type: RSA, allowed: Allowed::RsaSha256 },
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", key_type: RSA, allowed: Allowed::RsaSha384 },
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", key_type: RSA, allowed: Allowed::RsaSha512 },
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", key_type: CURVE, allowed: Allowed::EcdsaSha256 },
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", key_type: CURVE, allowed: Allowed::EcdsaSha384 },
    Algorithm { name: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", key_type: CURVE, allowed: Allowed::EcdsaSha512 },
];

/// The accepted digests of what is signed.
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

impl Algorithm {
    /// The one that this server signs with.
    pub const OWN: Self = ALL[0];

    /// The accepted algorithm with this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|one| one.name == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What the library has to accept.
    pub fn all_allowed() -> Vec<Allowed> {
        ALL.iter().map(|one| one.allowed).collect()
    }

    /// Its digest.
    pub fn digest(self) -> MessageDigest {
        match self.allowed {
            Allowed::RsaSha384 | Allowed::EcdsaSha384 => MessageDigest::sha384(),
            Allowed::RsaSha512 | Allowed::EcdsaSha512 => MessageDigest::sha512(),
            _ => MessageDigest::sha256(),
        }
    }
}

/// Whether a digest is accepted.
pub(crate) fn accepts_digest(name: &str) -> bool {
    DIGESTS.contains(&name)
}
