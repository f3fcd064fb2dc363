//! Checks text that comes in: what both databases can keep, in lengths that a person would type.

use components::invisible;
use serde_json::Value as Json;

use crate::error::{AppError, Result};

/// A name or the like: trimmed, 1 to `max` characters, no control characters and none that nobody
/// sees (see [`visible`]).
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(AppError::invalid(field, "is empty; give it a text"));
    }
    if length > max {
        return Err(AppError::invalid(
            field,
            format!("has {length} characters; at most {max} are allowed"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(AppError::invalid(
            field,
            "has control characters; leave them out",
        ));
    }
    visible(field, text)?;
    Ok(text.to_owned())
}

/// Refuses characters that leave no mark or change the order of those around them, such as U+202E:
/// a name with them looks like another one. Joiners pass where scripts and emoji need them.
pub fn visible(field: &str, text: &str) -> Result<()> {
    // Odd blanks are seen, and belong to some scripts (U+3000).
    let seen: String = text
        .chars()
        .map(|c| if invisible::odd_blank(c) { ' ' } else { c })
        .collect();
    let breaks = text
        .chars()
        .position(|c| matches!(c, '\u{2028}' | '\u{2029}'));
    let unmarked = seen.chars().position(leaves_no_mark);
    let hidden = invisible::in_name(&seen).map(|(place, _)| place - 1);
    let Some(at) = hidden.into_iter().chain(unmarked).chain(breaks).min() else {
        return Ok(());
    };
    let found = text.chars().nth(at).unwrap_or_default();
    let found = invisible::code_point(found);
    Err(AppError::invalid(
        field,
        format!(
            "has a character that cannot be seen, {found}, as its character {}; leave it out",
            at + 1
        ),
    ))
}

/// Characters beyond [`invisible::is_invisible`] that show nothing, though they count as letters, marks
/// or tags.
const fn leaves_no_mark(c: char) -> bool {
    matches!(
        c,
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// An idempotency key, when there is one.
pub fn idempotency_key(key: Option<&str>) -> Result<Option<String>> {
    key.map(|key| line("idempotencyKey", key, 200)).transpose()
}

/// Text of any length: no NUL, which PostgreSQL does not keep.
pub fn no_nul(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(AppError::invalid(
            field,
            "has a NUL character, which cannot be stored",
        ));
    }
    Ok(())
}

/// JSON as text: `\u0000` in any string or key is refused.
pub fn json_no_nul(field: &str, value: &Json) -> Result<()> {
    let clean = match value {
        Json::String(text) => !text.contains('\0'),
        Json::Array(items) => return items.iter().try_for_each(|item| json_no_nul(field, item)),
        Json::Object(map) => {
            for (key, item) in map {
                no_nul(field, key)?;
                json_no_nul(field, item)?;
            }
            true
        }
        _ => true,
    };
    if clean { Ok(()) } else { no_nul(field, "\0") }
}

/// An email address, as far as one can tell: in lower case, one `@` with something on both sides.
pub fn email(field: &str, text: &str) -> Result<String> {
    let text = line(field, text, 254)?.to_lowercase();
    match text.split_once('@') {
        Some((local, host))
            if !local.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !text.contains(char::is_whitespace) =>
        {
            Ok(text)
        }
        _ => Err(AppError::invalid(
            field,
            format!("`{text}` is not an email address"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_character_that_cannot_be_seen_or_turns_the_others_around() {
        for hidden in [
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{180e}",
            "\u{200b}",
            "\u{200d}",
            "\u{200e}",
            "\u{200f}",
            "\u{202a}",
            "\u{202d}",
            "\u{202e}",
            "\u{2028}",
            "\u{2060}",
            "\u{2066}",
            "\u{2069}",
            "\u{2800}",
            "\u{3164}",
            "\u{feff}",
            "\u{fff9}",
            "\u{e0041}",
        ] {
            for name in [
                format!("a{hidden}b"),
                hidden.to_owned(),
                format!("é {hidden}x"),
            ] {
                let error = line("name", &name, 100).expect_err(&name);
                let code_point = format!("U+{:04X}", u32::from(hidden.chars().next().unwrap()));
                // A separator of lines at the ends is trimmed away, as other blanks are.
                let named = error.message.contains(&code_point) || error.message.contains("empty");
                assert!(
                    error.message.starts_with("name") && named,
                    "{}",
                    error.message
                );
            }
        }
        for fine in [
            "Ärger & Söhne",
            "報告　一",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "❤\u{fe0f}",
            "שלום",
            "a\u{a0}b",
        ] {
            assert_eq!(line("name", fine, 100).unwrap(), fine);
        }
    }
}
