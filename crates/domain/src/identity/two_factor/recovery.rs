//! Recovery codes: ten texts, each of which replaces a code of the authenticator app once.

use rand::Rng;

/// How many codes a person gets at once.
pub const COUNT: usize = 10;

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Characters of a code, without the hyphen.
const LENGTH: usize = 10;

/// New codes, of 50 random bits each: `xxxxx-xxxxx`.
pub fn new_codes() -> Vec<String> {
    (0..COUNT).map(|_| new_code()).collect()
}

fn new_code() -> String {
    let mut random = rand::rng();
    let mut code: String = (0..LENGTH)
        .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
        .collect();
    code.insert(LENGTH / 2, '-');
    code
}

/// A code as it is hashed: lower case, without hyphens and spaces. `None` if it cannot be one.
pub fn normalized(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .take(LENGTH + 1)
        .collect();
    let fits = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ten_different_codes_are_read_however_they_are_typed() {
        let codes = new_codes();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
        for code in codes {
            let plain = normalized(&code).unwrap();
            assert_eq!(normalized(&code.to_uppercase()).unwrap(), plain);
            assert_eq!(normalized(&format!(" {plain} ")).unwrap(), plain);
        }
        for wrong in [
            "",
            "123456",
            "abcde-fghi",
            "abcde-fghjkm",
            "abcde-fgh1l",
            "äbcde-fghjk",
        ] {
            assert_eq!(normalized(wrong), None, "{wrong}");
        }
    }
}
