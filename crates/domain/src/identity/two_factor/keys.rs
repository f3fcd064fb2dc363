//! Keys that are derived from the server's key: one encrypts the secrets of authenticator apps, the
//! other hashes recovery codes. A stolen table is useless without them.

use hmac::{Hmac, Mac};
use rand::RngCore;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    App,
    error::{AppError, Result},
};

const SECRETS: &[u8] = b"flowmason authenticator secrets";
const RECOVERY: &[u8] = b"flowmason recovery codes";

/// Encrypts a person's secret. The result can be decrypted for this person only.
pub fn encrypt(app: &App, user: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    rand::rng().fill_bytes(&mut nonce);
    let mut sealed = secret.to_vec();
    cipher(app)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(user.as_bytes()),
            &mut sealed,
        )
        .map_err(AppError::internal)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Decrypts a person's secret.
///
/// # Errors
/// `INTERNAL` if it was encrypted for another person or with another server's key.
pub fn decrypt(app: &App, user: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
    let unreadable = || {
        AppError::internal("the secret of an authenticator was encrypted with another server key")
    };
    let (nonce, rest) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or_else(unreadable)?;
    let mut buffer = rest.to_vec();
    let key = cipher(app)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let secret = key
        .open_in_place(nonce, Aad::from(user.as_bytes()), &mut buffer)
        .map_err(|_| unreadable())?;
    Ok(secret.to_vec())
}

/// The stored form of a recovery code.
pub fn hash(app: &App, user: Uuid, code: &str) -> Result<[u8; 32]> {
    let bytes = [user.as_bytes(), code.as_bytes()].concat();
    mac(&derived(app, RECOVERY)?, &bytes)
}

fn cipher(app: &App) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, &derived(app, SECRETS)?).map_err(AppError::internal)?;
    Ok(LessSafeKey::new(key))
}

fn derived(app: &App, purpose: &[u8]) -> Result<[u8; 32]> {
    mac(app.server_key(), purpose)
}

fn mac(key: &[u8], bytes: &[u8]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(AppError::internal)?;
    mac.update(bytes);
    Ok(mac.finalize().into_bytes().into())
}
