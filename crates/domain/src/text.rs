//! Checks text that comes in: what both databases can keep, in lengths that a person would type.

use serde_json::Value as Json;

use crate::error::{AppError, Result};

/// A name or the like: trimmed, 1 to `max` characters, no control characters.
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
    Ok(text.to_owned())
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
