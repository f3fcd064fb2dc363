//! A key that signs access tokens, and its public form.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use p256::ecdsa::SigningKey;
use rand::RngCore;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{jws::ALGORITHM, repo::KeyRow};
use crate::{
    App,
    error::{AppError, Result},
    sealed,
};

/// What private keys are sealed for.
const PURPOSE: &str = "signing key";

/// A key that signs, or has signed, access tokens.
pub struct Key {
    /// Its number.
    pub number: i64,
    /// Its name, in the header of tokens: the thumbprint of its public form (RFC 7638).
    pub kid: String,
    /// The key itself.
    pub signing: SigningKey,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
    /// Until when it signs.
    pub signs_until: DateTime<Utc>,
}

impl Key {
    /// Opens a stored key. `None` if it was sealed with another server key.
    pub fn open(app: &App, row: &KeyRow) -> Option<Self> {
        let bytes = sealed::open(app, PURPOSE, row.kid.as_bytes(), &row.private_key).ok()?;
        Some(Self {
            number: row.number,
            kid: row.kid.clone(),
            signing: SigningKey::from_slice(&bytes).ok()?,
            signs_from: row.signs_from,
            signs_until: row.signs_until,
        })
    }

    /// The public key as a JSON Web Key.
    pub fn public(&self) -> Json {
        let (x, y) = coordinates(&self.signing);
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": ALGORITHM,
            "kid": self.kid })
    }

    /// Whether it signs at this time.
    pub fn signs_at(&self, now: DateTime<Utc>) -> bool {
        self.signs_from <= now && now < self.signs_until
    }
}

/// A new key: its number, and the time in which it signs.
pub fn generate(
    app: &App,
    number: i64,
    (signs_from, signs_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<KeyRow> {
    let signing = random()?;
    let (x, y) = coordinates(&signing);
    // The members in the order of the specification, without blanks.
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()));
    let bytes = signing.to_bytes();
    Ok(KeyRow {
        number,
        private_key: sealed::seal(app, PURPOSE, kid.as_bytes(), &bytes)?,
        kid,
        signs_from,
        signs_until,
    })
}

/// A random key. Of all 256-bit numbers, one in 2^32 is no key.
fn random() -> Result<SigningKey> {
    for _ in 0..4 {
        let mut bytes = [0u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return Ok(key);
        }
    }
    Err(AppError::internal("no random number is a key"))
}

/// The public point, in the encoding of JSON Web Keys.
fn coordinates(key: &SigningKey) -> (String, String) {
    let point = key.verifying_key().to_sec1_point(false);
    let encode = |part: Option<&[u8]>| URL_SAFE_NO_PAD.encode(part.unwrap_or_default());
    let (x, y) = (point.x(), point.y());
    (
        encode(x.map(|x| x.as_slice())),
        encode(y.map(|y| y.as_slice())),
    )
}
