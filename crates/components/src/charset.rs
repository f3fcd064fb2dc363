//! Decodes bytes to text: finds the character set and counts what could not be decoded.
//!
//! Used for bodies of HTTP responses and for input files. A byte order mark takes precedence over a
//! declared character set. Every replaced character is counted in [`Decoded::lost`].

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A text that was decoded from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The character set that was used: its name in the Encoding Standard, in lower case (`utf-8`,
    /// `windows-1252`, `utf-16le`).
    pub charset: String,
    /// How many sequences could not be decoded; the text has U+FFFD in place of each.
    pub lost: usize,
}

/// The encoding with this label of the Encoding Standard (`latin1` is windows-1252); `None` for
/// unknown labels.
pub fn by_label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.trim().as_bytes())
}

/// Decodes bytes by their byte order mark; `None` if there is none.
pub fn by_mark(bytes: &[u8]) -> Option<Decoded> {
    // The mark of UTF-32 begins like that of UTF-16, so it is checked first.
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => return Some(utf_32(rest, u32::from_le_bytes, "utf-32le")),
        [0, 0, 0xfe, 0xff, rest @ ..] => return Some(utf_32(rest, u32::from_be_bytes, "utf-32be")),
        _ => {}
    }
    let (encoding, length) = Encoding::for_bom(bytes)?;
    Some(decode(bytes.get(length..).unwrap_or_default(), encoding))
}

/// Decodes bytes in this encoding. A byte order mark of the same encoding is removed.
pub fn decode(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, had_errors) = encoding.decode_with_bom_removal(bytes);
    let lost = match had_errors {
        // U+FFFD that was in the bytes themselves is not a loss, but cannot be told from one here.
        // Counting it too is the safe choice.
        true => text.matches('\u{fffd}').count().max(1),
        false => 0,
    };
    Decoded {
        text: text.into_owned(),
        charset: encoding.name().to_ascii_lowercase(),
        lost,
    }
}

/// Detects UTF-16 without a byte order mark by the positions of its zero bytes, if the first
/// character is ASCII. `None` if it is not UTF-16.
pub fn utf_16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| {
        let ours = bytes.iter().skip(first).step_by(2).take(64);
        let all = ours.clone().count();
        all > 0 && ours.filter(|b| **b == 0).count() * 4 >= all * 3
    };
    match bytes {
        [0, b, ..] if *b != 0 && zeros(0) && bytes.len().is_multiple_of(2) => Some(UTF_16BE),
        [b, 0, ..] if *b != 0 && zeros(1) && bytes.len().is_multiple_of(2) => Some(UTF_16LE),
        _ => None,
    }
}

/// Decodes bytes as strict UTF-8 and removes a byte order mark; `None` if they are not valid.
pub fn utf_8(bytes: &[u8]) -> Option<Decoded> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Decoded {
        text: text.to_owned(),
        charset: UTF_8.name().to_ascii_lowercase(),
        lost: 0,
    })
}

/// Whether bytes look like a binary file: they contain a zero byte, or more than 5% of the first 8
/// KiB are control characters that text does not contain.
pub fn looks_binary(bytes: &[u8]) -> bool {
    let start = bytes.get(..8192).unwrap_or(bytes);
    let odd = |b: &&u8| matches!(b, 0..=8 | 14..=26 | 28..=31 | 127);
    start.contains(&0) || start.iter().filter(odd).count() * 20 > start.len()
}

fn utf_32(bytes: &[u8], read: fn([u8; 4]) -> u32, charset: &str) -> Decoded {
    let mut lost = 0;
    let mut text = String::new();
    for unit in bytes.chunks(4) {
        let number = <[u8; 4]>::try_from(unit).ok().map(read);
        text.push(number.and_then(char::from_u32).unwrap_or_else(|| {
            lost += 1;
            '\u{fffd}'
        }));
    }
    Decoded {
        text,
        charset: charset.to_owned(),
        lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_decides_and_is_removed() {
        for (bytes, charset) in [
            (&b"\xEF\xBB\xBFh\xC3\xA9"[..], "utf-8"),
            (b"\xFF\xFEh\0\xE9\0", "utf-16le"),
            (b"\xFE\xFF\0h\0\xE9", "utf-16be"),
            (b"\xFF\xFE\0\0h\0\0\0\xE9\0\0\0", "utf-32le"),
            (b"\0\0\xFE\xFF\0\0\0h\0\0\0\xE9", "utf-32be"),
        ] {
            let read = by_mark(bytes).unwrap();
            assert_eq!(
                (read.text.as_str(), read.charset.as_str(), read.lost),
                ("hé", charset, 0)
            );
        }
        assert_eq!(by_mark(b"plain"), None);
    }

    #[test]
    fn undecodable_sequences_are_counted() {
        assert_eq!(decode(b"a\xFFb\xFE", UTF_8).lost, 2);
        assert_eq!(decode(b"\xE9", by_label("latin1").unwrap()).text, "é");
        assert_eq!(by_label("klingon"), None);
        assert_eq!(by_mark(b"\xFF\xFE\0\0\0\0\x11\0").unwrap().lost, 1);
    }

    #[test]
    fn utf_16_without_a_mark_is_detected_by_its_zeros() {
        assert_eq!(utf_16_by_zeros(b"i\0d\0;\0"), Some(UTF_16LE));
        assert_eq!(utf_16_by_zeros(b"\0i\0d\0;"), Some(UTF_16BE));
        assert_eq!(utf_16_by_zeros(b"id"), None);
        assert_eq!(utf_16_by_zeros(b"i\0\x01\x02\x03\x04"), None);
        assert!(looks_binary(b"PK\0\0") && !looks_binary(b"h\xE9llo\n"));
    }
}
