//! Encryption of secrets that must be read again: XChaCha20-Poly1305 with a key that is derived
//! from the server's key.
//!
//! A sealed value can be opened only for the same purpose and the same object. Secrets that are
//! only compared are stored as hashes instead.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use crate::{
    App,
    error::{AppError, Result},
};

/// The first byte of a sealed value: the algorithm and the derivation of the key.
const VERSION: u8 = 1;
/// The bytes of a nonce.
const NONCE: usize = 24;

/// Seals bytes for a purpose (`mail`) and an object (its id).
pub fn seal(app: &App, purpose: &str, object: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let payload = Payload {
        msg: plain,
        aad: object,
    };
    let sealed = cipher(app, purpose)?
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| AppError::internal("a value could not be encrypted"))?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] sealed for the same purpose and object.
///
/// # Errors
/// `INTERNAL` if the value was changed, is another object's, or was sealed with another server key.
pub fn open(app: &App, purpose: &str, object: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let unreadable = || {
        AppError::internal(format!(
            "a {purpose} cannot be decrypted; was the server key replaced?"
        ))
    };
    let (version, rest) = sealed.split_first().ok_or_else(unreadable)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
    if *version != VERSION {
        return Err(unreadable());
    }
    let payload = Payload {
        msg: sealed,
        aad: object,
    };
    cipher(app, purpose)?
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| unreadable())
}

fn cipher(app: &App, purpose: &str) -> Result<XChaCha20Poly1305> {
    let mut key = Hmac::<Sha256>::new_from_slice(app.server_key()).map_err(AppError::internal)?;
    key.update(b"flowmason sealed ");
    key.update(purpose.as_bytes());
    XChaCha20Poly1305::new_from_slice(&key.finalize().into_bytes())
        .map_err(|_| AppError::internal("the length of a key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sqlite;

    #[tokio::test]
    async fn a_sealed_value_opens_only_for_its_purpose_and_object_and_unchanged() {
        let app = sqlite().await;
        let sealed = seal(&app.app, "mail", b"one", b"canary").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        assert_eq!(open(&app.app, "mail", b"one", &sealed).unwrap(), b"canary");
        assert!(open(&app.app, "mail", b"two", &sealed).is_err());
        assert!(open(&app.app, "other", b"one", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&app.app, "mail", b"one", &changed).is_err(), "{at}");
            assert!(
                open(&app.app, "mail", b"one", &sealed[..at]).is_err(),
                "{at}"
            );
        }
        let again = seal(&app.app, "mail", b"one", b"canary").unwrap();
        assert_ne!(sealed, again);
    }
}
