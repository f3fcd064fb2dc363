//! Validates text from callers: both databases must be able to store it, and its length is limited.

use components::invisible;
use serde_json::Value as Json;

use crate::error::{AppError, Result};

/// Validates and trims a name or similar text: 1 to `max` characters, no control characters and no
/// invisible ones (see [`visible`]).
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(AppError::invalid(field, "is empty; enter a text"));
    }
    if length > max {
        return Err(AppError::invalid(
            field,
            format!("has {length} characters; at most {max} are allowed"),
        ));
    }
    readable(field, text)?;
    Ok(text.to_owned())
}

/// Refuses control characters and invisible ones (see [`visible`]) in a line of any length.
pub fn readable(field: &str, line: &str) -> Result<()> {
    if line.chars().any(char::is_control) {
        return Err(AppError::invalid(
            field,
            "has control characters; remove them",
        ));
    }
    visible(field, line)
}

/// Like [`line`], for text that may be missing.
pub fn line_or_empty(field: &str, text: &str, max: usize) -> Result<String> {
    match text.trim() {
        "" => Ok(String::new()),
        text => line(field, text, max),
    }
}

/// Refuses invisible characters and those that change the direction of text, such as U+202E: with
/// them, one name can look like another. Joiners are allowed where scripts and emoji need them.
pub fn visible(field: &str, text: &str) -> Result<()> {
    // Unusual blanks are visible, and some scripts use them (U+3000).
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
            "has an invisible character, {found}, at position {}; remove it",
            at + 1
        ),
    ))
}

/// Characters beyond [`invisible::is_invisible`] that are not visible, although Unicode counts them
/// as letters, marks or tags.
const fn leaves_no_mark(c: char) -> bool {
    matches!(
        c,
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Validates an idempotency key, if there is one: 1 to 200 characters.
pub fn idempotency_key(key: Option<&str>) -> Result<Option<String>> {
    key.map(|key| line("idempotencyKey", key, 200)).transpose()
}

/// Validates text of any length: NUL is refused, because PostgreSQL cannot store it.
pub fn no_nul(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(AppError::invalid(
            field,
            "has a NUL character, which cannot be stored; remove it",
        ));
    }
    Ok(())
}

/// Validates JSON that is stored as text: `\u0000` in any string or key is refused.
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

/// The pattern of `LIKE … ESCAPE '!'` for texts that contain this one: `%text%`, with `%`, `_` and `!` in
/// the text escaped.
pub fn pattern(text: &str) -> String {
    let mut out = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out.push('%');
    out
}

/// Validates what is searched for: at most 200 characters. `None`: nothing.
pub fn search(text: Option<&str>) -> Result<Option<&str>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if let Some(text) = text {
        no_nul("search", text)?;
        line("search", text, 200)?;
    }
    Ok(text)
}

/// Validates an email address and converts it to lower case. Checks only that it has one `@`, text
/// on both sides of it, and no blanks.
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
            format!("`{text}` is not an email address, such as ada@example.com"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_invisible_or_direction_changing_characters_is_refused() {
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
                // A line separator at either end is trimmed, like other blanks.
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
