//! Secrets that are handed out once and kept only as a hash.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// What an API key begins with.
pub const API_KEY: &str = "fm_";
/// What a session's token begins with.
pub const SESSION: &str = "fms_";
/// What a sign-in link's token begins with.
pub const LINK: &str = "fml_";
/// What an invitation's token begins with.
pub const INVITATION: &str = "fmi_";

/// A secret of 256 random bits behind a prefix that says what it is.
pub fn new(prefix: &str) -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored. A plain hash is enough for 256 random bits, and it can be looked up.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether a text can be such a secret at all: saves a look-up for what cannot.
pub fn is_plausible(token: &str, prefix: &str) -> bool {
    token.len() == prefix.len() + 43
        && token.starts_with(prefix)
        && token[prefix.len()..]
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
