//! JSON strings and numbers: decoding, encoding, and mapping offsets to the source.

use std::{borrow::Cow, fmt::Write as _};

use crate::Value;

/// The text as a JSON string, including quotes. Escapes only what must be escaped.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Control characters, and marks that change the direction of the text.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A number without loss: a 64-bit integer or a finite double. `None` if it is neither.
pub(super) fn number(raw: &str) -> Option<Value> {
    if raw.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        let value: f64 = raw.parse().ok()?;
        return value.is_finite().then_some(Value::Float(value));
    }
    if raw == "-0" {
        return Some(Value::Float(-0.0));
    }
    raw.parse().ok().map(Value::Int)
}

/// One decoded character of a string, and its length in the source.
struct Piece {
    /// `None` if the escape is invalid.
    character: Option<char>,
    length: usize,
}

/// The escape at the start of `raw`, which starts with a backslash.
fn escape(raw: &[u8]) -> Piece {
    let simple = |c| Piece {
        character: Some(c),
        length: 2,
    };
    match raw.get(1) {
        Some(b'"') => simple('"'),
        Some(b'\\') => simple('\\'),
        Some(b'/') => simple('/'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => unicode(raw),
        Some(_) => Piece {
            character: None,
            length: 2,
        },
        None => Piece {
            character: None,
            length: 1,
        },
    }
}

fn unicode(raw: &[u8]) -> Piece {
    let unit = |from: usize| -> Option<u32> {
        let digits = raw.get(from..from + 4)?;
        digits.iter().try_fold(0, |sum, digit| {
            Some(sum * 16 + (*digit as char).to_digit(16)?)
        })
    };
    let Some(first) = unit(2) else {
        return Piece {
            character: None,
            length: 2,
        };
    };
    if let Some(character) = char::from_u32(first) {
        return Piece {
            character: Some(character),
            length: 6,
        };
    }
    // Half of a surrogate pair: the other half must follow.
    let second = if raw.get(6..8) == Some(b"\\u".as_slice()) {
        unit(8)
    } else {
        None
    };
    let pair = match (first, second) {
        (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
            char::from_u32(0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00))
        }
        _ => None,
    };
    Piece {
        character: pair,
        length: if pair.is_some() { 12 } else { 6 },
    }
}

fn inside(quoted: &str) -> &str {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("")
}

/// The first invalid escape of a quoted string, as a byte offset into it and a length.
pub(super) fn broken_escape(quoted: &str) -> Option<(usize, usize)> {
    let bytes = quoted.as_bytes();
    let mut at = 1;
    while at + 1 < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let piece = escape(&bytes[at..bytes.len() - 1]);
        if piece.character.is_none() {
            let mut end = (at + piece.length).min(quoted.len());
            while !quoted.is_char_boundary(end) {
                end += 1;
            }
            return Some((at, end - at));
        }
        at += piece.length;
    }
    None
}

/// Decodes a quoted string. Invalid escapes, which parsing rejects, become the replacement
/// character.
pub(super) fn decode(quoted: &str) -> Cow<'_, str> {
    let inside = inside(quoted);
    let Some(first) = inside.find('\\') else {
        return Cow::Borrowed(inside);
    };
    let mut out = String::with_capacity(inside.len());
    out.push_str(&inside[..first]);
    let mut rest = &inside[first..];
    while !rest.is_empty() {
        if rest.starts_with('\\') {
            let piece = escape(rest.as_bytes());
            out.push(piece.character.unwrap_or(char::REPLACEMENT_CHARACTER));
            let mut end = piece.length.min(rest.len());
            while !rest.is_char_boundary(end) {
                end += 1;
            }
            rest = &rest[end..];
        } else {
            let end = rest.find('\\').unwrap_or(rest.len());
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    Cow::Owned(out)
}

/// As [`decode`]; `None` if an escape is invalid.
pub(super) fn decode_checked(quoted: &str) -> Option<Cow<'_, str>> {
    broken_escape(quoted).is_none().then(|| decode(quoted))
}

/// The offset in the quoted source that corresponds to byte `offset` of the decoded string.
pub(super) fn raw_offset(quoted: &str, offset: usize) -> usize {
    let bytes = quoted.as_bytes();
    let end = bytes.len().saturating_sub(1);
    let (mut at, mut read) = (1, 0);
    while at < end && read < offset {
        if bytes[at] == b'\\' {
            let piece = escape(&bytes[at..end]);
            let length = piece.character.map_or(3, char::len_utf8);
            if read + length > offset {
                break;
            }
            read += length;
            at += piece.length;
        } else {
            read += 1;
            at += 1;
        }
    }
    let mut at = at.min(end);
    while !quoted.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The offset of the closing quote of a string whose content starts at `bytes`.
pub(super) fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}
