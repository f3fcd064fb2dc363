//! Reads events as CloudEvents 1.0 has them over HTTP: in binary, structured and batch mode.

use chrono::DateTime;
use serde_json::{Map as Object, Value as Json};

use crate::{
    error::{AppError, Result},
    text,
};

/// The largest number of events in a batch.
pub const MAX_BATCH: usize = 100;

/// The largest event, in bytes of its data as JSON.
pub const MAX_DATA: usize = 256 * 1024;

/// The longest attribute, in bytes, and the largest number of extensions.
const MAX_TEXT: usize = 1_024;
const MAX_EXTENSIONS: usize = 32;

/// The beginning of the names of headers in binary mode.
const PREFIX: &str = "ce-";

/// An event that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The id, unique for the source.
    pub id: String,
    /// What it is about.
    pub source: String,
    /// Its type.
    pub event_type: String,
    /// What it is about within the source.
    pub subject: Option<String>,
    /// When it happened.
    pub time: Option<String>,
    /// Its further attributes.
    pub extensions: Object<String, Json>,
    /// What it says.
    pub data: Option<Json>,
}

/// The events of a request, whose headers have names in lower case.
pub fn read(content_type: &str, headers: &[(String, String)], body: &[u8]) -> Result<Vec<Sent>> {
    let media_type = content_type.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/cloudevents+json" => Ok(vec![structured(json(body)?)?]),
        "application/cloudevents-batch+json" => match json(body)? {
            Json::Array(all) if all.len() <= MAX_BATCH => all.into_iter().map(structured).collect(),
            Json::Array(_) => Err(invalid(&format!("has more than {MAX_BATCH} events"))),
            _ => Err(invalid("is no list of events")),
        },
        media_type => Ok(vec![binary(media_type, headers, body)?]),
    }
}

fn invalid(problem: &str) -> AppError {
    AppError::invalid("event", problem)
}

fn json(body: &[u8]) -> Result<Json> {
    let value = engine::Value::parse_json_bytes(body)
        .map_err(|error| AppError::new(error.code, format!("event: {error}")))?;
    let value = value.to_serde();
    text::json_no_nul("event", &value)?;
    Ok(value)
}

/// The event in the headers, with the body as its data.
fn binary(media_type: &str, headers: &[(String, String)], body: &[u8]) -> Result<Sent> {
    let mut attributes = Object::new();
    for (name, value) in headers {
        if let Some(name) = name.strip_prefix(PREFIX) {
            let value = percent_decoded(value);
            let value = value.ok_or_else(|| invalid("has a header that is not UTF-8"))?;
            if attributes.insert(name.to_owned(), value.into()).is_some() {
                return Err(invalid(&format!("has the header `{PREFIX}{name}` twice")));
            }
        }
    }
    if attributes.is_empty() {
        let problem =
            "has no `ce-` headers; send CloudEvents 1.0, or `application/cloudevents+json`";
        return Err(invalid(problem));
    }
    let is_json =
        media_type.is_empty() || media_type == "application/json" || media_type.ends_with("+json");
    let data = match (body.is_empty(), is_json) {
        (true, _) => None,
        (false, true) => Some(json(body)?),
        (false, false) if media_type.starts_with("text/") => {
            let text = std::str::from_utf8(body).map_err(|_| invalid("is not UTF-8"))?;
            Some(text.into())
        }
        (false, false) => return Err(invalid("has data that is neither JSON nor text")),
    };
    let attributes = Json::Object(attributes);
    text::json_no_nul("event", &attributes)?;
    event(attributes, data)
}

/// An event as a JSON object.
fn structured(mut value: Json) -> Result<Sent> {
    let Some(attributes) = value.as_object_mut() else {
        return Err(invalid("is no object"));
    };
    if attributes.contains_key("data_base64") {
        return Err(invalid("has binary data, which is not supported"));
    }
    let data = attributes.remove("data").filter(|data| !data.is_null());
    event(value, data)
}

fn event(attributes: Json, data: Option<Json>) -> Result<Sent> {
    let Json::Object(mut attributes) = attributes else {
        return Err(invalid("is no object"));
    };
    attributes.remove("datacontenttype");
    attributes.remove("dataschema");
    let version = taken(&mut attributes, "specversion")?;
    if version.as_deref() != Some("1.0") {
        return Err(invalid("needs the `specversion` 1.0"));
    }
    let needed = |name: &str, text: Option<String>| {
        text.ok_or_else(|| invalid(&format!("needs the attribute `{name}`")))
    };
    let id = taken(&mut attributes, "id")?;
    let source = taken(&mut attributes, "source")?;
    let event_type = taken(&mut attributes, "type")?;
    let subject = taken(&mut attributes, "subject")?;
    let time = taken(&mut attributes, "time")?;
    if let Some(time) = &time
        && DateTime::parse_from_rfc3339(time).is_err()
    {
        return Err(invalid("has a `time` that is not of RFC 3339"));
    }
    if attributes.len() > MAX_EXTENSIONS {
        return Err(invalid(&format!(
            "has more than {MAX_EXTENSIONS} extensions"
        )));
    }
    for (name, value) in &attributes {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = !name.is_empty() && name.len() <= 100 && name.bytes().all(letters);
        let fits = match value {
            Json::String(text) => text.len() <= MAX_TEXT,
            Json::Bool(_) | Json::Number(_) => true,
            Json::Null | Json::Array(_) | Json::Object(_) => false,
        };
        if !is_name || !fits {
            let problem = "has an extension whose name has other characters than a-z and 0-9, or whose \
                value is long or neither text, a number nor a boolean";
            return Err(invalid(problem));
        }
    }
    if data
        .as_ref()
        .is_some_and(|data| data.to_string().len() > MAX_DATA)
    {
        return Err(invalid(&format!("has more than {MAX_DATA} bytes of data")));
    }
    Ok(Sent {
        id: needed("id", id)?,
        source: needed("source", source)?,
        event_type: needed("type", event_type)?,
        subject,
        time,
        extensions: attributes,
        data,
    })
}

/// A text among the attributes, which is taken out. An empty one is no text.
fn taken(attributes: &mut Object<String, Json>, name: &str) -> Result<Option<String>> {
    match attributes.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if !text.is_empty() && text.len() <= MAX_TEXT => Ok(Some(text)),
        Some(_) => Err(invalid(&format!(
            "has an attribute `{name}` that is not a text of 1 to {MAX_TEXT} bytes"
        ))),
    }
}

/// The value of a header, in which characters may be written as `%20`.
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let all = all.iter();
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn an_event_is_the_same_in_binary_and_in_structured_mode() {
        let all = headers(&[
            ("ce-specversion", "1.0"),
            ("ce-id", "1"),
            ("ce-source", "/shop%20eu"),
            ("ce-type", "order.paid"),
            ("ce-trace", "x"),
            ("accept", "*/*"),
        ]);
        let binary = read("application/json", &all, b"{\"n\": 1}").unwrap();
        let structured = json!({ "specversion": "1.0", "id": "1", "source": "/shop eu",
            "type": "order.paid", "trace": "x", "datacontenttype": "application/json",
            "data": { "n": 1 } });
        let kind = "application/cloudevents+json; charset=utf-8";
        let whole = read(kind, &[], structured.to_string().as_bytes()).unwrap();
        assert_eq!(binary, whole);
        let batch = json!([structured, structured]).to_string();
        let kind = "application/cloudevents-batch+json";
        assert_eq!(read(kind, &[], batch.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_cloud_event_is_refused() {
        assert!(read("application/json", &[], b"{}").is_err(), "no headers");
        let kind = "application/cloudevents+json";
        let good = json!({ "specversion": "1.0", "id": "1", "source": "s", "type": "t" });
        assert!(read(kind, &[], good.to_string().as_bytes()).is_ok());
        for (name, value) in [
            ("specversion", json!("0.3")),
            ("id", json!("")),
            ("source", json!(null)),
            ("type", json!(1)),
            ("time", json!("yesterday")),
            ("Upper", json!("x")),
            ("list", json!([1])),
            ("data_base64", json!("AA==")),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(
                read(kind, &[], bad.to_string().as_bytes()).is_err(),
                "{name}"
            );
        }
    }
}
