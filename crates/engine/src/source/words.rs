//! Help for common mistakes: bare words, malformed numbers and stray characters.

use super::text;

/// Whether a bare word can start with this byte.
pub(super) fn begins(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$')
}

/// The end of the bare word that starts at `from`.
pub(super) fn end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while bytes.get(at).is_some_and(|byte| {
        begins(*byte) || byte.is_ascii_digit() || (at > from && matches!(byte, b'-' | b'.'))
    }) {
        at += 1;
    }
    at
}

/// Cuts a word to 40 characters, for messages.
pub(super) fn cut(word: &str) -> &str {
    word.char_indices()
        .nth(40)
        .map_or(word, |(at, _)| &word[..at])
}

/// How to fix a bare word.
pub(super) fn help(word: &str) -> String {
    match word {
        "True" | "TRUE" => "write true".to_owned(),
        "False" | "FALSE" => "write false".to_owned(),
        "None" | "NULL" | "Null" | "nil" | "undefined" => "write null".to_owned(),
        "NaN" | "Infinity" | "inf" | "nan" => {
            "JSON has finite numbers only; use null or a string".to_owned()
        }
        _ => format!("write strings in double quotes: {}", text::quote(cut(word))),
    }
}

/// Why this is not a JSON number; `None` if it is one.
pub(super) fn number_mistake(raw: &str) -> Option<&'static str> {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let positive = raw.strip_prefix('-').unwrap_or(raw);
    if raw.starts_with('+') {
        return Some("a number has no leading `+`");
    }
    if positive.starts_with("Inf") || positive.starts_with("NaN") {
        return Some("JSON has finite numbers only; use null or a string");
    }
    let whole = digits(positive);
    if whole == 0 {
        return Some("a number begins with a digit");
    }
    if whole > 1 && positive.starts_with('0') {
        return Some("a number has no leading zeros; write a string to keep them");
    }
    let mut rest = &positive[whole..];
    if rest.starts_with(['x', 'X', 'b', 'o']) {
        return Some("write numbers in base 10");
    }
    if rest.starts_with('_') {
        return Some("a number has digits only, without `_`");
    }
    if let Some(after) = rest.strip_prefix('.') {
        let fraction = digits(after);
        if fraction == 0 {
            return Some("at least one digit follows the point");
        }
        rest = &after[fraction..];
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        let exponent = digits(after);
        if exponent == 0 {
            return Some("at least one digit follows the `e`");
        }
        rest = &after[exponent..];
    }
    (!rest.is_empty()).then_some("write strings in double quotes")
}

/// The message and help for a character that cannot start a value.
pub(super) fn stray(character: &str) -> (String, &'static str) {
    let message = |name: &str| format!("{name} does not belong here");
    match character {
        "\u{201c}" | "\u{201d}" | "\u{201e}" | "\u{2018}" | "\u{2019}" => (
            message(&format!("`{character}`")),
            "use plain double quotes: \"",
        ),
        "\u{a0}" | "\u{202f}" | "\u{2003}" => {
            (message("a no-break space"), "replace it with a plain space")
        }
        "\u{feff}" => (
            message("a byte order mark"),
            "it is allowed only at the start of the file",
        ),
        _ => {
            let name: String = character.escape_default().collect();
            let shown = if character.chars().all(char::is_alphanumeric) {
                character
            } else {
                &name
            };
            (
                message(&format!("`{shown}`")),
                "a value is expected: a string, number, list or object",
            )
        }
    }
}
