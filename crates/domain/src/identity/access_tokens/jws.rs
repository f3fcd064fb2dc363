//! The compact serialization of a signed token (RFC 7515), as strict as this server writes it: a
//! header has exactly `alg`, `typ` and `kid`, and only the values that are written here. So there is
//! nothing in a header that a sender could choose but the name of a key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{
    Signature,
    signature::{Signer, Verifier},
};
use serde::{Deserialize, Serialize};

use super::{Claims, keys::Key};

/// The only algorithm.
pub const ALGORITHM: &str = "ES256";
/// The type of access tokens (RFC 9068), which no other token has.
const TYPE: &str = "at+jwt";
/// The longest name of a key, in bytes.
const NAME: usize = 64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A token whose signature was not verified yet.
pub struct Unverified<'a> {
    /// The name of the key.
    pub kid: String,
    signed: &'a str,
    payload: &'a str,
    signature: Signature,
}

/// Signs claims.
pub fn sign(key: &Key, claims: &Claims) -> serde_json::Result<String> {
    let header = Header {
        alg: ALGORITHM.to_owned(),
        typ: TYPE.to_owned(),
        kid: key.kid.clone(),
    };
    let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
    let header = part(serde_json::to_vec(&header)?);
    let payload = part(serde_json::to_vec(claims)?);
    let signed = format!("{header}.{payload}");
    let signature: Signature = key.signing.sign(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
    Ok(format!("{signed}.{signature}"))
}

/// Splits a token. `None` if it is not one of this server's form.
pub fn parse(token: &str) -> Option<Unverified<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != ALGORITHM || header.typ != TYPE || header.kid.len() > NAME {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some(Unverified {
        kid: header.kid,
        signed,
        payload,
        signature: Signature::from_slice(&signature).ok()?,
    })
}

impl Unverified<'_> {
    /// The claims as JSON, if the key signed them.
    pub fn verify(&self, key: &Key) -> Option<Vec<u8>> {
        let signer = key.signing.verifying_key();
        signer
            .verify(self.signed.as_bytes(), &self.signature)
            .ok()?;
        URL_SAFE_NO_PAD.decode(self.payload).ok()
    }
}
