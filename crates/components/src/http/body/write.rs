//! A value as a request's bytes, in the form that the request's own `Content-Type` names.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engine::{Map, Value};

use super::{MediaType, multipart};
use crate::{charset, lenient::text_of};

/// A body that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The bytes; `None` for no body at all.
    pub bytes: Option<Bytes>,
    /// The `Content-Type` to send in place of the given one, if it must change.
    pub content_type: Option<String>,
}

/// Encodes a body for this media type. `given` is the header as it was written. The error says
/// which field cannot be sent, and what to do.
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
    // A text goes as it is: whoever writes one has encoded it.
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
            None => Err(unfit(media, &body)),
        },
        Value::List(_) => Err(unfit(media, &body)),
        other => in_charset(media, &text_of(other)).map(plain),
    }
}

fn unfit(media: &MediaType, body: &Value) -> String {
    let kind = match body {
        Value::List(_) => "a list",
        _ => "an object",
    };
    format!(
        "`body` is {kind}, but Content-Type is {}, which needs text; write the text \
         (`{{{{json.dumps(…)}}}}` for JSON), give bytes as {{\"base64\": …}}, or set Content-Type \
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
        .map_err(|e| format!("`base64` of the body is not base64: {e}"))
}

/// Text in the character set that the header names; UTF-8 when it names none.
fn in_charset(media: &MediaType, text: &str) -> Result<Vec<u8>, String> {
    let Some(label) = &media.charset else {
        return Ok(text.as_bytes().to_vec());
    };
    let encoding = charset::by_label(label)
        .filter(|e| e.output_encoding() == *e)
        .ok_or_else(|| {
            format!(
                "Content-Type names the character set `{label}`, which cannot be sent; use utf-8"
            )
        })?;
    let (bytes, _, unmapped) = encoding.encode(text);
    if unmapped {
        let missing = text
            .chars()
            .find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2)
            .unwrap_or('?');
        return Err(format!(
            "The body holds `{missing}` (U+{:04X}), which does not exist in the character set \
             `{label}` of Content-Type; use utf-8",
            u32::from(missing)
        ));
    }
    Ok(bytes.into_owned())
}

/// `a=1&b=2`. A list gives its name once per item; what has no place in a form is refused.
fn form(body: &Value) -> Result<String, String> {
    let Some(map) = body.as_map() else {
        return Err(format!(
            "`body` is {}, but Content-Type is application/x-www-form-urlencoded; give an \
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

/// The fields of a form in their order; null is no field.
fn fields(map: &Map) -> Result<Vec<(&str, String)>, String> {
    let nested = |name: &str, inner: &Value| match inner {
        Value::Map(_) | Value::List(_) => Err(format!(
            "`body.{name}` holds an object or a list within a list, which a form cannot carry; \
             name its fields one by one, or write it as text with `{{{{json.dumps(…)}}}}`"
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
