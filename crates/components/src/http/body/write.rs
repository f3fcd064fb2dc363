//! Encodes a value as a request's body, in the format of the request's `Content-Type`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engine::{Map, Value};

use super::{MediaType, multipart};
use crate::{charset, lenient::text_of};

/// An encoded body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The bytes; `None` if there is no body.
    pub bytes: Option<Bytes>,
    /// The `Content-Type` to send instead of the given one, if it must change.
    pub content_type: Option<String>,
}

/// Encodes a body for this media type. `given` is the original value of the header. The error names
/// the field that cannot be sent, and a remedy.
pub fn write(media: &MediaType, given: &str, body: Value) -> Result<Written, String> {
    let plain = |bytes: Vec<u8>| Written {
        bytes: Some(bytes.into()),
        content_type: None,
    };
    if body == Value::Null {
        return Ok(Written {
            bytes: None,
            content_type: None,
        });
    }
    if media.essence == "multipart/form-data" {
        return multipart::write(media, given, &body);
    }
    // Text is sent unchanged: it is already encoded.
    if let Value::Str(text) = &body {
        return in_charset(media, text).map(plain);
    }
    if media.essence.is_empty() {
        return Ok(Written {
            bytes: Some(body.to_json().into_bytes().into()),
            content_type: Some("application/json".to_owned()),
        });
    }
    if media.is_json() {
        return in_charset(media, &body.to_json()).map(plain);
    }
    if media.essence == "application/x-www-form-urlencoded" {
        return form(&body).map(|text| plain(text.into_bytes()));
    }
    if media.is_json_lines()
        && let Some(items) = body.as_list()
    {
        let lines: String = items.iter().map(|i| format!("{}\n", i.to_json())).collect();
        return in_charset(media, &lines).map(plain);
    }
    match &body {
        Value::Map(map) => match binary(map) {
            Some(bytes) => bytes.map(plain),
            None => Err(unsupported_body(media, &body)),
        },
        Value::List(_) => Err(unsupported_body(media, &body)),
        other => in_charset(media, &text_of(other)).map(plain),
    }
}

fn unsupported_body(media: &MediaType, body: &Value) -> String {
    let kind = match body {
        Value::List(_) => "a list",
        _ => "an object",
    };
    format!(
        "`body` is {kind}, but Content-Type is {}, which needs text; provide text \
         (`{{{{json.dumps(…)}}}}` for JSON) or bytes as {{\"base64\": …}}, or set Content-Type \
         to application/json or application/x-www-form-urlencoded",
        media.essence
    )
}

/// The bytes of `{"base64": …}`.
pub(super) fn binary(map: &Map) -> Option<Result<Vec<u8>, String>> {
    let text = map.get("base64").filter(|_| map.len() == 1)?;
    Some(base64(text))
}

pub(super) fn base64(text: &Value) -> Result<Vec<u8>, String> {
    let text: String = text_of(text).split_whitespace().collect();
    STANDARD
        .decode(text)
        .map_err(|e| format!("`base64` of the body is not valid base64: {e}"))
}

/// Encodes text in the character set of the header, by default in UTF-8.
fn in_charset(media: &MediaType, text: &str) -> Result<Vec<u8>, String> {
    let Some(label) = &media.charset else {
        return Ok(text.as_bytes().to_vec());
    };
    let encoding = charset::by_label(label)
        .filter(|e| e.output_encoding() == *e)
        .ok_or_else(|| {
            format!(
                "Content-Type names the character set `{label}`, which is not supported; use utf-8"
            )
        })?;
    let (bytes, _, unmapped) = encoding.encode(text);
    if unmapped {
        let missing = text
            .chars()
            .find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2)
            .unwrap_or('?');
        return Err(format!(
            "The body contains `{missing}` (U+{:04X}), which does not exist in the character set \
             `{label}` of Content-Type; use utf-8",
            u32::from(missing)
        ));
    }
    Ok(bytes.into_owned())
}

/// Encodes a form: `a=1&b=2`. A list becomes one field per item; values that a form cannot contain
/// are refused.
fn form(body: &Value) -> Result<String, String> {
    let Some(map) = body.as_map() else {
        return Err(format!(
            "`body` is {}, but Content-Type is application/x-www-form-urlencoded; provide an \
             object of fields, or the encoded text",
            body.type_phrase()
        ));
    };
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, text) in fields(map)? {
        pairs.append_pair(name, &text);
    }
    Ok(pairs.finish())
}

/// The fields of a form, in order; null values are left out.
fn fields(map: &Map) -> Result<Vec<(&str, String)>, String> {
    let nested = |name: &str, inner: &Value| match inner {
        Value::Map(_) | Value::List(_) => Err(format!(
            "`body.{name}` contains an object or a nested list, which a form cannot contain; \
             list its fields one by one, or convert it to text with `{{{{json.dumps(…)}}}}`"
        )),
        _ => Ok(text_of(inner)),
    };
    let mut fields = Vec::new();
    for (name, value) in map {
        match value {
            Value::Null => {}
            Value::List(items) => {
                for item in items.iter().filter(|i| **i != Value::Null) {
                    fields.push((name.as_ref(), nested(name, item)?));
                }
            }
            other => fields.push((name.as_ref(), nested(name, other)?)),
        }
    }
    Ok(fields)
}
