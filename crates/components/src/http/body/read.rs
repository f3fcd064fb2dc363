//! An answer's bytes as a value.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use encoding_rs::{Encoding, UTF_8};
use engine::Value;

use super::{MediaType, start_of};
use crate::charset::{self, Decoded};

/// How far into a page its declaration of a character set is looked for, in bytes.
const PRESCAN: usize = 1024;

/// In which form a body stands in an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// There is none: null.
    Empty,
    /// A JSON value.
    Json,
    /// Text.
    Text,
    /// A text of base64.
    Base64,
}

impl Form {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Form::Empty => "empty",
            Form::Json => "json",
            Form::Text => "text",
            Form::Base64 => "base64",
        }
    }
}

/// A body that was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The body.
    pub value: Value,
    /// What `value` is.
    pub form: Form,
    /// The character set that a text was read in, in lower case.
    pub charset: Option<String>,
    /// Why declared JSON could not be read; the value is its text then. Quotes the start.
    pub json_error: Option<String>,
    /// What a reader should know: what was lost, what was declared and not obeyed.
    pub warnings: Vec<String>,
}

/// Reads a body of this media type.
///
/// The character set is that of the byte order mark, else that of the header, else that which a
/// page declares itself, else UTF-8. Bytes that are no text become base64.
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
            "{} of the body's bytes cannot be read as {}; they stand as U+FFFD",
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
                    "The body is declared as {} but cannot be read as JSON: {why}. It begins: {}",
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
        1 => "1 place".to_owned(),
        many => format!("{many} places"),
    }
}

/// The body as text; `None` when it is none.
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
                "Content-Type names the character set `{label}`, which is not known; it was not used"
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
        // Only what says that it is text is shown as text with holes.
        None if media.is_text() => Some(charset::decode(bytes, UTF_8)),
        None => None,
    }
}

/// What a page of HTML or a document of XML says of itself.
fn declared_inside(media: &MediaType, bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..PRESCAN).unwrap_or(bytes);
    // Every encoding that is declared in ASCII letters has them at the places of Latin 1.
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
    // A declaration that can be read byte by byte cannot be in two-byte units.
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

/// The value behind `name=`, with or without quotes.
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
