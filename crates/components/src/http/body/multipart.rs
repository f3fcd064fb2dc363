//! Encodes `multipart/form-data`: fields and files as parts, separated by a boundary.

use engine::{Map, Value};

use super::{MediaType, Written, write::base64};
use crate::lenient::text_of;

/// Encodes an object: a plain value is a field, a list becomes one part per item, and an object
/// with `content` or `base64` is a file, with optional `filename` and `content_type`.
pub(super) fn write(media: &MediaType, given: &str, body: &Value) -> Result<Written, String> {
    let map = match body {
        Value::Map(map) => map,
        Value::Str(text) if media.boundary.is_some() => {
            return Ok(Written {
                bytes: Some(text.as_bytes().to_vec().into()),
                content_type: None,
            });
        }
        other => {
            return Err(format!(
                "`body` is {}, but Content-Type is multipart/form-data; provide an object of \
                 fields and files ({{\"file\": {{\"filename\": …, \"content\": …}}}}), or, for text \
                 that is already encoded, add its boundary to Content-Type",
                other.type_phrase()
            ));
        }
    };
    let mut parts = Vec::new();
    for (name, value) in map.iter() {
        let items = match value {
            Value::List(items) => &items[..],
            one => std::slice::from_ref(one),
        };
        for item in items.iter().filter(|i| **i != Value::Null) {
            parts.push(part(name, item)?);
        }
    }
    let boundary = match &media.boundary {
        Some(boundary) if parts.iter().any(|p| contains(&p.content, boundary)) => {
            return Err(format!(
                "The boundary `{boundary}` of Content-Type occurs in the body; leave it out to \
                 have one generated"
            ));
        }
        Some(boundary) => boundary.clone(),
        None => chosen(&parts),
    };
    let mut bytes = Vec::new();
    for part in &parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n{}\r\n\r\n", part.head).as_bytes());
        bytes.extend_from_slice(&part.content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = match media.boundary {
        Some(_) => None,
        None => Some(format!(
            "{}; boundary={boundary}",
            given.trim().trim_end_matches(';')
        )),
    };
    Ok(Written {
        bytes: Some(bytes.into()),
        content_type,
    })
}

struct Part {
    head: String,
    content: Vec<u8>,
}

fn part(name: &str, value: &Value) -> Result<Part, String> {
    let disposition = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
    let file = match value {
        Value::Map(file) => file,
        Value::List(_) => return Err(nested(name)),
        plain => {
            return Ok(Part {
                head: disposition,
                content: text_of(plain).into_bytes(),
            });
        }
    };
    let content = content(name, file)?;
    let filename = file.get("filename").or(file.get("name")).map(text_of);
    let kind = file.get("content_type").map(text_of);
    if kind.as_ref().is_some_and(|k| k.contains(char::is_control)) {
        return Err(format!(
            "`body.{name}.content_type` contains a line break or another control character"
        ));
    }
    let mut head = disposition;
    if let Some(filename) = &filename {
        head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
    }
    let usual = filename.map(|_| "application/octet-stream".to_owned());
    if let Some(kind) = kind.or(usual) {
        head.push_str(&format!("\r\nContent-Type: {kind}"));
    }
    Ok(Part { head, content })
}

fn content(name: &str, file: &Map) -> Result<Vec<u8>, String> {
    let known = ["content", "base64", "filename", "name", "content_type"];
    if file.keys().any(|key| !known.contains(&key.as_ref())) {
        return Err(nested(name));
    }
    match (file.get("content"), file.get("base64")) {
        (None, Some(text)) => base64(text).map_err(|e| format!("`body.{name}`: {e}")),
        (Some(Value::Map(_) | Value::List(_)), _) | (None, None) => Err(nested(name)),
        (Some(text), None) => Ok(text_of(text).into_bytes()),
        (Some(_), Some(_)) => Err(format!(
            "`body.{name}` has both `content` and `base64`; use only one of them"
        )),
    }
}

fn nested(name: &str) -> String {
    format!(
        "`body.{name}` is nested, which multipart/form-data cannot contain; a file is an object \
         with `content` or `base64`, and optionally `filename` and `content_type`"
    )
}

/// Escapes a name in quotes, as the HTML standard requires.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A boundary that occurs in no part. It depends only on the body, so that a repeated request is
/// identical.
fn chosen(parts: &[Part]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts
        .iter()
        .flat_map(|p| p.head.bytes().chain(p.content.iter().copied()))
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    loop {
        let boundary = format!("flowmason-{hash:016x}");
        if !parts.iter().any(|p| contains(&p.content, &boundary)) {
            return boundary;
        }
        hash = hash.wrapping_add(1);
    }
}

fn contains(content: &[u8], boundary: &str) -> bool {
    content
        .windows(boundary.len().max(1))
        .any(|window| window == boundary.as_bytes())
}
