//! The code that a person reads on a device and types into a browser: eight consonants, so that it
//! has no letter that looks like another and spells no word. There are 25 billion, of which one
//! person can look up twenty in ten minutes.

use rand::Rng;

/// The letters (RFC 8628, section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// The number of letters.
const LENGTH: usize = 8;

/// A new code, as it is shown: `WDJB-MJHT`.
pub fn new() -> String {
    let mut random = rand::rng();
    let mut letters =
        (0..LENGTH).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    let first: String = letters.by_ref().take(LENGTH / 2).collect();
    let second: String = letters.collect();
    format!("{first}-{second}")
}

/// The code that somebody typed, in the form in which it is shown. `None` if it is none.
pub fn read(text: &str) -> Option<String> {
    let letters = text.chars().filter(|c| !matches!(c, '-' | ' '));
    let letters: String = letters.take(LENGTH + 1).collect();
    let letters = letters.to_ascii_uppercase();
    let known = letters.bytes().all(|byte| LETTERS.contains(&byte));
    (letters.len() == LENGTH && known)
        .then(|| format!("{}-{}", &letters[..LENGTH / 2], &letters[LENGTH / 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = new();
        assert_eq!(code.len(), LENGTH + 1);
        let plain = code.replace('-', "");
        for typed in [&code, &plain, &plain.to_lowercase(), &format!(" {code} ")] {
            assert_eq!(read(typed).as_ref(), Some(&code), "{typed}");
        }
        let long = format!("{plain}B");
        for wrong in ["", "BCDF", "AEIO-UAEI", "ÄBCD-FGHJ", &long] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
