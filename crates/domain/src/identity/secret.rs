//! Secrets that are returned once and stored only as a hash, and the prefixes of all kinds of secrets.
//! Each kind has its own, so that none is taken for another.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// The prefix of an API key.
pub const API_KEY: &str = "fmk_";
/// The prefix of an API key that an earlier release created.
pub const EARLIER_API_KEY: &str = "fm_";
/// The prefix of a token for provisioning.
pub const PROVISIONING: &str = "fmscim_";

/// The prefix of a session token.
pub const SESSION: &str = "fms_";
/// The prefix of a sign-in link's token.
pub const LINK: &str = "fml_";
/// The prefix of an invitation's token.
pub const INVITATION: &str = "fmi_";

/// The prefix of the token by which an account recognizes a browser. It is no credential.
pub const KNOWN_BROWSER: &str = "fmn_";
/// The prefix of the token of a sign-in that waits for a code.
pub const PENDING: &str = "fmp_";
/// The prefix of the token of a link that sets a new password.
pub const RESET: &str = "fmr_";
/// The prefix of the token of a link that confirms an email address, or a change of it.
pub const ADDRESS: &str = "fma_";
/// The prefix of the token of a link that completes a sign-up.
pub const SIGN_UP: &str = "fme_";
/// The prefix of the token of a challenge for a passkey.
pub const CHALLENGE: &str = "fmq_";
/// The prefix of the token of a link that undoes the change of an email address.
pub const UNDO: &str = "fmu_";

/// The prefix of the state of a sign-in at an identity provider.
pub const STATE: &str = "fmo_";
/// The prefix of the token that binds such a sign-in to a browser.
pub const BROWSER: &str = "fmb_";
/// The prefix of the ticket with which a browser completes a sign-in with SAML.
pub const TICKET: &str = "fmv_";

/// The prefix of the secret of an application.
pub const APPLICATION: &str = "fmc_";
/// The prefix of a refresh token.
pub const REFRESH: &str = "fmt_";
/// The prefix of an authorization code.
pub const CODE: &str = "fmg_";
/// The prefix of the code with which a device asks for its tokens.
pub const DEVICE: &str = "fmd_";

/// The prefix of the token in the address of a webhook.
pub const WEBHOOK: &str = "fmw_";

/// Generates a secret: 256 random bits in base64url, after a prefix that names its kind.
pub fn new(prefix: &str) -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The stored form of a secret. For 256 random bits an unsalted hash is secure, and it can be
/// looked up.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether a text has the form of a secret with this prefix. Saves a query for texts that do not.
pub fn is_plausible(token: &str, prefix: &str) -> bool {
    token.len() == prefix.len() + 43
        && token.starts_with(prefix)
        && token[prefix.len()..]
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The stored form of a text, if there is one that has the form of a secret with this prefix.
pub fn hash_of(token: Option<&str>, prefix: &str) -> Option<[u8; 32]> {
    let token = token.filter(|token| is_plausible(token, prefix));
    token.map(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_secret_has_a_prefix_of_its_own_that_begins_no_other() {
        let text = include_str!("secret.rs");
        let lines = text.lines().filter(|line| line.starts_with("pub const "));
        let prefixes: Vec<&str> = lines.filter_map(|line| line.split('"').nth(1)).collect();
        assert!(prefixes.contains(&SESSION) && prefixes.contains(&DEVICE));
        for (at, one) in prefixes.iter().enumerate() {
            assert!(one.starts_with("fm") && one.ends_with('_'), "{one}");
            for (other_at, other) in prefixes.iter().enumerate() {
                assert!(
                    at == other_at || !one.starts_with(other),
                    "{one} and {other}"
                );
            }
        }
    }
}
