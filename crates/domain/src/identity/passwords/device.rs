//! Device tokens: signed texts by which an account recognizes a browser that signed in before.
//!
//! A device token does not sign anybody in. Attempts with it have a rate limit of their own; see
//! [`super::guessing`]. Tokens of earlier releases began with `fmd_`, as the codes of devices do; they
//! are no longer recognized, and the next sign-in replaces them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use rand::RngCore;

use super::passwords;
use crate::{App, error::Result, identity::secret::KNOWN_BROWSER};

/// How long a device is recognized after its last sign-in.
pub const LASTS: Duration = Duration::days(180);

/// The bytes of a token: id, expiry and signature.
const BYTES: usize = 16 + 8 + 32;

/// Issues a token to a device that has just signed in to the account. A `known` device keeps its
/// id.
pub fn issue(app: &App, account: &str, known: Option<[u8; 16]>) -> Result<String> {
    let id = known.unwrap_or_else(|| {
        let mut id = [0; 16];
        rand::rng().fill_bytes(&mut id);
        id
    });
    let until = (app.clock().now() + LASTS).timestamp().to_be_bytes();
    let signature = passwords(app).sign(&signed(account, &id, &until))?;
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&until);
    bytes.extend_from_slice(&signature);
    Ok(format!("{KNOWN_BROWSER}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// The device's id, if the token was issued for this account and has not expired.
pub fn known(app: &App, account: &str, text: &str) -> Option<[u8; 16]> {
    let encoded = text
        .strip_prefix(KNOWN_BROWSER)
        .filter(|rest| rest.len() < 100)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let bytes: &[u8; BYTES] = bytes.as_slice().try_into().ok()?;
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    let (until, signature) = rest.split_first_chunk::<8>()?;
    if i64::from_be_bytes(*until) < app.clock().now().timestamp() {
        return None;
    }
    let genuine = passwords(app).is_signed(&signed(account, id, until), signature);
    genuine.then_some(*id)
}

fn signed(account: &str, id: &[u8; 16], until: &[u8; 8]) -> Vec<u8> {
    // The account comes last, so that no part can be mistaken for another.
    [b"device\0".as_slice(), id, until, account.as_bytes()].concat()
}
