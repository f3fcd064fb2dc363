//! The form of API keys: `fmk_`, 43 random letters and digits (256 bits), and a checksum of 6.
//!
//! The prefix and the checksum let secret scanners find leaked keys without false positives, and
//! save a query for a key with a typo. Keys created by earlier releases have another form, `fm_`
//! and 43 characters of base64url without a checksum; they remain valid.

use rand::{Rng, distr::Alphanumeric};

use crate::identity::secret::{self, API_KEY as PREFIX, EARLIER_API_KEY as EARLIER};

/// The number of random characters: 62^43 is a little more than 2^256.
const RANDOM: usize = 43;
/// The number of characters of the checksum: 62^6 is more than 2^32.
const CHECKSUM: usize = 6;

/// How many characters of a key are stored and shown, to tell keys apart.
pub const SHOWN: usize = PREFIX.len() + 6;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generates a key.
pub fn new() -> String {
    new_with(PREFIX)
}

/// Generates a secret of the same form with another prefix.
pub fn new_with(prefix: &str) -> String {
    let mut random = rand::rng();
    let body: String = (0..RANDOM)
        .map(|_| char::from(random.sample(Alphanumeric)))
        .collect();
    let checksum = checksum(&body);
    format!("{prefix}{body}{checksum}")
}

/// Whether a text has the form of a key, with the right checksum.
pub fn is_plausible(key: &str) -> bool {
    is_plausible_with(key, PREFIX) || secret::is_plausible(key, EARLIER)
}

/// Whether a text has the form of a secret with this prefix, with the right checksum.
pub fn is_plausible_with(key: &str, prefix: &str) -> bool {
    let Some(rest) = key.strip_prefix(prefix) else {
        return false;
    };
    rest.len() == RANDOM + CHECKSUM
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && checksum(&rest[..RANDOM]) == rest[RANDOM..]
}

/// The CRC-32 (IEEE 802.3) of the random part, in base 62 with leading zeros.
fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_has_the_documented_checksum() {
        // The example of docs/api-keys.md. CRC-32 of forty-three zeros, computed with zlib.
        let body = "0".repeat(RANDOM);
        assert_eq!(checksum(&body), "2CZclj");
        assert!(is_plausible(&format!("fmk_{body}2CZclj")));
    }

    #[test]
    fn a_key_with_one_changed_character_is_recognized_without_a_query() {
        let key = new();
        assert!(is_plausible(&key), "{key}");
        for at in PREFIX.len()..key.len() {
            let mut wrong = key.clone().into_bytes();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            assert!(!is_plausible(std::str::from_utf8(&wrong).unwrap()), "{at}");
        }
        for wrong in [
            &key[1..],
            &key[..key.len() - 1],
            &format!("{key}0"),
            "fmk_",
            "",
        ] {
            assert!(!is_plausible(wrong), "{wrong}");
        }
    }

    #[test]
    fn keys_of_earlier_releases_remain_valid() {
        assert!(is_plausible(&secret::new(EARLIER)));
        assert!(!is_plausible("fm_short"));
        assert!(!is_plausible(&secret::new(secret::SESSION)));
    }
}
