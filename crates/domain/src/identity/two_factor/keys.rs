//! The stored forms of a person's secrets: the app's secret sealed, because codes are computed from
//! it; recovery codes hashed with a key that is derived from the server's. A stolen table is useless
//! without that key.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    App,
    error::{AppError, Result},
    sealed,
};

/// What the secrets of apps are sealed for.
const SECRETS: &str = "authenticator secret";
const RECOVERY: &[u8] = b"flowmason recovery codes";

/// Seals a person's secret. The result can be opened for this person only.
pub fn seal(app: &App, user: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
    sealed::seal(app, SECRETS, user.as_bytes(), secret)
}

/// Opens a person's secret.
///
/// # Errors
/// `INTERNAL` if it was sealed for another person or with another server's key.
pub fn open(app: &App, user: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
    sealed::open(app, SECRETS, user.as_bytes(), secret)
}

/// The stored form of a recovery code.
pub fn hash(app: &App, user: Uuid, code: &str) -> Result<[u8; 32]> {
    let bytes = [user.as_bytes(), code.as_bytes()].concat();
    mac(&mac(app.server_key(), RECOVERY)?, &bytes)
}

fn mac(key: &[u8], bytes: &[u8]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(AppError::internal)?;
    mac.update(bytes);
    Ok(mac.finalize().into_bytes().into())
}
