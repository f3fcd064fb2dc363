//! Converts a response's bytes to a value.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use encoding_rs::{Encoding, UTF_8};
use engine::Value;

use super::{MediaType, start_of};
use crate::charset::{self, Decoded};

/// How many bytes of a page are searched for a declaration of the character set.
const PRESCAN: usize = 1024;

/// The form of a body in an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// There is no body. The value is an empty text, or null for declared JSON.
    Empty,
    /// A JSON value.
    Json,
    /// Text.
    Text,
    /// Base64 text.
    Base64,
}

impl Form {
    /// The name of the form in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Form::Empty => "empty",
            Form::Json => "json",
            Form::Text => "text",
            Form::Base64 => "base64",
        }
    }
}

/// A decoded body.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The body.
    pub value: Value,
    /// The form of `value`.
    pub form: Form,
    /// The character set that a text was decoded from, in lower case.
    pub charset: Option<String>,
    /// Why declared JSON could not be parsed, with the start of the body; `value` is its text then.
    pub json_error: Option<String>,
    /// What was lost, and which declarations were ignored.
    pub warnings: Vec<String>,
}

/// Decodes a body of this media type.
///
/// The character set is the one of the byte order mark, otherwise that of the header, otherwise the
/// one that a page declares itself, otherwise UTF-8. Bytes that are not text become base64.
pub fn read(media: &MediaType, bytes: &[u8]) -> Reading {
    if bytes.is_empty() {
        return Reading {
            value: match media.is_json() {
                true => Value::Null,
                false => "".into(),
            },
            form: Form::Empty,
            charset: None,
            json_error: None,
            warnings: Vec::new(),
        };
    }
    let mut warnings = Vec::new();
    let Some(decoded) = text(media, bytes, &mut warnings) else {
        return Reading {
            value: STANDARD.encode(bytes).into(),
            form: Form::Base64,
            charset: None,
            json_error: None,
            warnings,
        };
    };
    let lossy = (decoded.lost > 0).then(|| {
        format!(
            "{} in the body cannot be decoded as {} and became U+FFFD",
            places(decoded.lost),
            decoded.charset
        )
    });
    let mut reading = Reading {
        value: Value::Null,
        form: Form::Text,
        charset: Some(decoded.charset),
        json_error: None,
        warnings,
    };
    let undeclared = media.essence.is_empty() && decoded.text.trim_start().starts_with(['{', '[']);
    if media.is_json() || undeclared {
        match (&lossy, Value::parse_json(decoded.text.trim())) {
            (None, Ok(value)) => {
                reading.value = value;
                reading.form = Form::Json;
                return reading;
            }
            (lossy, parsed) if media.is_json() => {
                let why = match (lossy, parsed) {
                    (Some(lossy), _) => lossy.clone(),
                    (None, Err(e)) => {
                        format!("{} (line {}, column {})", e.message, e.line, e.column)
                    }
                    (None, Ok(_)) => String::new(),
                };
                reading.json_error = Some(format!(
                    "The body is declared as {} but is not valid JSON: {why}. It begins: {}",
                    media.essence,
                    start_of(decoded.text.as_bytes())
                ));
            }
            _ => {}
        }
    }
    reading.warnings.extend(lossy);
    reading.value = decoded.text.into();
    reading
}

fn places(count: usize) -> String {
    match count {
        1 => "1 sequence".to_owned(),
        many => format!("{many} sequences"),
    }
}

/// The body as text; `None` if it is not text.
fn text(media: &MediaType, bytes: &[u8], warnings: &mut Vec<String>) -> Option<Decoded> {
    if media.is_binary() {
        return None;
    }
    if let Some(decoded) = charset::by_mark(bytes) {
        return Some(decoded);
    }
    if let Some(label) = &media.charset {
        match charset::by_label(label) {
            Some(encoding) => return Some(charset::decode(bytes, encoding)),
            None => warnings.push(format!(
                "Content-Type names the unknown character set `{label}`, which was ignored"
            )),
        }
    }
    if let Some(encoding) = declared_inside(media, bytes) {
        return Some(charset::decode(bytes, encoding));
    }
    if let Some(encoding) = charset::utf_16_by_zeros(bytes).filter(|_| media.is_text()) {
        return Some(charset::decode(bytes, encoding));
    }
    if !media.is_text() && charset::looks_binary(bytes) {
        return None;
    }
    match charset::utf_8(bytes) {
        Some(decoded) => Some(decoded),
        // Only a body that is declared as text becomes text despite invalid bytes.
        None if media.is_text() => Some(charset::decode(bytes, UTF_8)),
        None => None,
    }
}

/// The encoding that an HTML page or an XML document declares itself.
fn declared_inside(media: &MediaType, bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..PRESCAN).unwrap_or(bytes);
    // In every encoding that can declare itself in ASCII, ASCII letters have the same bytes as in
    // Latin-1.
    let head: String = head.iter().map(|b| char::from(*b)).collect();
    let lower = head.to_ascii_lowercase();
    let start = lower.trim_start();
    let label = if start.starts_with("<?xml") {
        let declaration = start.split("?>").next()?;
        attribute(declaration, "encoding")
    } else {
        None
    };
    let label = label.or_else(|| {
        let html = media.is_html() || (media.essence.is_empty() && start.starts_with('<'));
        html.then(|| {
            without_comments(&lower)
                .match_indices("<meta")
                .find_map(|(at, _)| {
                    let page = without_comments(&lower);
                    let tag = page[at..].split('>').next()?;
                    attribute(tag, "charset")
                })
        })?
    })?;
    // A page whose declaration can be read byte by byte cannot be UTF-16.
    match charset::by_label(&label)? {
        e if e == encoding_rs::UTF_16LE || e == encoding_rs::UTF_16BE => Some(UTF_8),
        encoding => Some(encoding),
    }
}

fn without_comments(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// The value after `name=`, with or without quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(name)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\'' | '/' | '>'))
            .next()?,
    };
    Some(value.trim().to_owned()).filter(|v| !v.is_empty())
}
