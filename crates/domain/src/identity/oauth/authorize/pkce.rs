//! Proof Key for Code Exchange (RFC 7636), with S256 only: whoever redeems a code proves that they
//! asked for it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The only method.
pub const METHOD: &str = "S256";

/// Whether a text can be a challenge: a SHA-256 hash.
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// Whether this is the text whose hash is the challenge.
pub fn proves(verifier: &str, challenge: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(allowed)
        && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_proves_its_challenge_and_nothing_else_does() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(is_challenge(challenge));
        assert!(proves(verifier, challenge));
        for wrong in ["", challenge, &verifier[1..], &format!("{verifier}x")] {
            assert!(!proves(wrong, challenge), "{wrong}");
        }
        for wrong in ["", verifier.trim_end_matches('k'), "plain"] {
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }
}
