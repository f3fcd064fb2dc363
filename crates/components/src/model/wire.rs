//! Parses the responses of chat completions endpoints leniently: fields may be null or of another
//! type, content may be in parts, fields may have old names, and a response of status 200 may be an
//! error.
//!
//! Only the text and a real error decide whether a call failed. Any other value that cannot be
//! parsed is unknown.

use serde_json::Value as Json;

use super::{Sink, usage::Tokens};

/// Collects the pieces of an answer.
#[derive(Default)]
pub(super) struct ResponseAccumulator {
    pub text: String,
    /// The model's thoughts, if they are in separate fields.
    pub thoughts: String,
    pub model: Option<String>,
    pub finish_reason: Option<String>,
    pub tokens: Tokens,
    /// The text of the model's refusal; empty if there is none.
    pub refusal: String,
    /// Whether any choice arrived.
    pub began: bool,
}

impl ResponseAccumulator {
    /// Adds a piece. Only the first of several choices is used.
    pub fn take(&mut self, piece: &Json, sink: Sink<'_>) {
        self.model = name(piece.get("model")).or(self.model.take());
        if let Some(usage) = piece.get("usage") {
            self.tokens.take(usage);
        }
        let one;
        let choices = match piece.get("choices") {
            Some(Json::Array(choices)) => choices.as_slice(),
            Some(choice @ Json::Object(_)) => {
                one = [choice.clone()];
                &one
            }
            _ => return,
        };
        for (place, choice) in choices.iter().enumerate() {
            if choice.is_object() && index(choice).unwrap_or(place as u64) == 0 {
                self.choice(choice, sink);
            }
        }
    }

    fn choice(&mut self, choice: &Json, sink: Sink<'_>) {
        self.began = true;
        let message = ["delta", "message"]
            .iter()
            .filter_map(|key| choice.get(key))
            .find(|message| message.is_object() || message.is_string());
        let mut parts = Parts::default();
        match message {
            Some(message) if message.is_object() => {
                parts.content(message.get("content").unwrap_or(&Json::Null));
                parts.thinking(message);
                let refusal = message.get("refusal").unwrap_or(&Json::Null);
                self.refusal.push_str(&plain(refusal));
            }
            Some(text) => parts.content(text),
            // The field of the older completions API.
            None => parts.content(choice.get("text").unwrap_or(&Json::Null)),
        }
        if !parts.text.is_empty() {
            sink(&parts.text);
            self.text.push_str(&parts.text);
        }
        self.thoughts.push_str(&parts.thoughts);
        let finish = match choice.get("finish_reason") {
            Some(Json::String(word)) => Some(word.clone()).filter(|word| !word.is_empty()),
            Some(Json::Number(number)) => Some(number.to_string()),
            Some(Json::Object(reason)) => name(reason.get("type")).or(name(reason.get("reason"))),
            _ => None,
        };
        self.finish_reason = finish.or(self.finish_reason.take());
    }

    /// The answer is complete.
    pub fn done(&mut self) {
        self.finish_reason.get_or_insert_with(|| "stop".to_owned());
    }
}

/// The index of a choice, as a number or as text.
fn index(choice: &Json) -> Option<u64> {
    match choice.get("index")? {
        Json::Number(number) => number.as_f64().map(|index| index.max(0.0) as u64),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A name as text, or as a field of an object.
fn name(json: Option<&Json>) -> Option<String> {
    match json? {
        Json::String(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        Json::Object(map) => ["id", "name", "model"]
            .iter()
            .find_map(|key| Some(map.get(*key)?.as_str()?.to_owned())),
        _ => None,
    }
}

/// The text of some content, without thoughts.
fn plain(json: &Json) -> String {
    let mut parts = Parts::default();
    parts.content(json);
    parts.text
}

/// The content of a message, split into text and thoughts.
#[derive(Default)]
struct Parts {
    text: String,
    thoughts: String,
}

impl Parts {
    /// Adds content: a text, or a list of parts with texts.
    fn content(&mut self, content: &Json) {
        match content {
            Json::String(text) => self.text.push_str(text),
            Json::Array(parts) => parts.iter().for_each(|part| self.content(part)),
            Json::Object(part) => {
                let kind = part.get("type").and_then(Json::as_str).unwrap_or_default();
                if kind.contains("think") || kind.contains("reason") {
                    self.thinking(content);
                    return;
                }
                match part.get("text") {
                    Some(Json::Object(text)) => {
                        self.content(text.get("value").unwrap_or(&Json::Null));
                    }
                    Some(text) => self.content(text),
                    None => {}
                }
            }
            _ => {}
        }
    }

    /// Adds the thoughts in separate fields. Endpoints use several names, and often two of them for
    /// the same thoughts.
    fn thinking(&mut self, message: &Json) {
        let found = [
            "reasoning_content",
            "reasoning",
            "thinking",
            "thoughts",
            "reasoning_details",
            "thinking_blocks",
            "text",
            "summary",
        ]
        .iter()
        .filter(|name| {
            // In a message, these two fields are the answer itself.
            message.get("type").is_some() || !matches!(**name, "text" | "summary")
        })
        .filter_map(|name| message.get(name))
        .map(thought)
        .find(|thought| !thought.is_empty());
        self.thoughts.push_str(&found.unwrap_or_default());
    }
}

/// The text of a thought.
fn thought(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(parts) => parts.iter().map(thought).collect(),
        Json::Object(part) => ["thinking", "text", "summary", "content"]
            .iter()
            .filter_map(|name| part.get(*name))
            .map(thought)
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// The error inside a response, if there is one. Endpoints also send `"error": null`, `{}`, `false`
/// and `""` with good answers.
pub(super) fn error_in(answer: &Json) -> Option<&Json> {
    let real = |error: &&Json| match error {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.trim().is_empty(),
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::Array(items) => items.iter().any(|item| !item.is_null()),
        Json::Object(map) => map.values().any(|value| match value {
            Json::Null | Json::Bool(false) => false,
            Json::String(text) => !text.is_empty(),
            Json::Number(number) => number.as_f64() != Some(0.0),
            Json::Array(items) => !items.is_empty(),
            Json::Object(map) => !map.is_empty(),
            Json::Bool(true) => true,
        }),
        Json::Bool(true) => true,
    };
    if answer.get("error").is_some_and(|error| real(&error)) {
        return Some(answer);
    }
    let choices = answer.get("choices").and_then(Json::as_array);
    let of_choice = choices
        .into_iter()
        .flatten()
        .find(|choice| choice.get("error").is_some_and(|error| real(&error)));
    if of_choice.is_some() {
        return of_choice;
    }
    // An error that is not under `error`: `{"object": "error", "message": …}`, `{"detail": …}`.
    let is_error = ["object", "type"]
        .iter()
        .any(|key| answer.get(key).and_then(Json::as_str) == Some("error"));
    let bare = answer.get("choices").is_none()
        && ["message", "detail", "errors"]
            .iter()
            .any(|key| answer.get(key).is_some_and(|said| real(&said)));
    (is_error || bare).then_some(answer)
}

/// The HTTP status that corresponds to an error inside a response; `None` if it cannot be
/// determined.
pub(super) fn status_of(error: &Json) -> Option<u16> {
    let inner = error.get("error").filter(|inner| inner.is_object());
    for error in inner.into_iter().chain([error]) {
        for key in ["code", "status", "status_code", "http_status"] {
            let status = match error.get(key) {
                Some(Json::Number(number)) => number.as_u64(),
                Some(Json::String(text)) => text.trim().parse().ok(),
                _ => None,
            };
            let status = status.filter(|status| (400..600).contains(status));
            if let Some(status) = status.and_then(|status| u16::try_from(status).ok()) {
                return Some(status);
            }
        }
        let words: String = ["type", "code", "status"]
            .iter()
            .filter_map(|key| error.get(key)?.as_str())
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        for (part, status) in [
            ("invalid", 400),
            ("unsupported", 400),
            ("bad_request", 400),
            ("context_length", 400),
            ("authentication", 401),
            ("unauthorized", 401),
            ("permission", 403),
            ("forbidden", 403),
            ("quota", 403),
            ("billing", 403),
            ("not_found", 404),
            ("rate_limit", 429),
            ("overloaded", 529),
            ("unavailable", 503),
        ] {
            if words.contains(part) {
                return Some(status);
            }
        }
    }
    None
}

/// The message of an error body: `error.message`, `error`, `message` or `detail`, otherwise the
/// whole body.
pub(super) fn said(text: &str) -> String {
    fn of(json: &Json) -> Option<String> {
        match json {
            Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Json::Array(items) => of(items.first()?),
            Json::Object(map) => ["error", "message", "detail", "msg", "errors", "description"]
                .iter()
                .find_map(|key| of(map.get(*key)?))
                .map(|text| match map.get("loc").and_then(Json::as_array) {
                    Some(place) => {
                        let place: Vec<&str> = place.iter().filter_map(Json::as_str).collect();
                        format!("{}: {text}", place.join("."))
                    }
                    None => text,
                }),
            _ => None,
        }
    }
    let json: Option<Json> = serde_json::from_str(text).ok();
    json.as_ref()
        .and_then(of)
        .unwrap_or_else(|| text.to_owned())
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(pieces: &[Json]) -> ResponseAccumulator {
        let mut out = ResponseAccumulator::default();
        for piece in pieces {
            assert_eq!(error_in(piece), None, "{piece}");
            out.take(piece, &|_| ());
        }
        out
    }

    #[test]
    fn the_message_of_an_error_body_is_found_in_any_field() {
        assert_eq!(said(r#"{"error":{"message":"no","type":"x"}}"#), "no");
        assert_eq!(said(r#"{"error":"plain"}"#), "plain");
        assert_eq!(said(r#"[{"error":{"message":"listed"}}]"#), "listed");
        assert_eq!(
            said(r#"{"detail":[{"loc":["body","stop"],"msg":"extra fields"}]}"#),
            "body.stop: extra fields"
        );
        assert_eq!(said(" <html>"), "<html>");
    }

    #[test]
    fn a_field_of_an_unexpected_type_does_not_fail_the_call() {
        let good = json!({"model": "m", "choices": [{"index": 0, "message":
            {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}]});
        for (place, odd) in [
            (
                "/usage",
                json!({"prompt_tokens": 5.5, "completion_tokens": "x"}),
            ),
            ("/usage", json!("none")),
            ("/usage", json!([])),
            ("/choices/0/index", json!("0")),
            ("/choices/0/index", json!(0.0)),
            ("/choices/0/index", json!("first")),
            ("/choices/0/index", json!(null)),
            ("/choices/0/finish_reason", json!(1)),
            ("/choices/0/finish_reason", json!({"type": "stop"})),
            ("/choices/0/finish_reason", json!(["stop"])),
            ("/choices/0/message/refusal", json!([])),
            ("/choices/0/message/refusal", json!(false)),
            ("/choices/0/message/role", json!(3)),
            ("/choices/0/message/tool_calls", json!({})),
            ("/choices/0/logprobs", json!("x")),
            ("/model", json!({"id": "m"})),
            ("/model", json!(5)),
            ("/error", json!({})),
            ("/error", json!(false)),
            ("/error", json!("")),
            ("/error", json!(null)),
            ("/error", json!({"message": null, "code": ""})),
            ("/created", json!("now")),
            ("/id", json!([1])),
        ] {
            let mut piece = good.clone();
            let (parent, key) = place.rsplit_once('/').unwrap();
            piece.pointer_mut(parent).unwrap()[key] = odd;
            let out = taken(&[piece.clone()]);
            assert_eq!(out.text, "hello", "{piece}");
        }
    }

    #[test]
    fn thoughts_in_separate_fields_are_not_part_of_the_text() {
        for message in [
            json!({"content": "b", "reasoning_content": "a"}),
            json!({"content": "b", "reasoning": "a"}),
            json!({"content": "b", "reasoning": "a", "reasoning_content": "a"}),
            json!({"content": "b", "reasoning_details": [{"type": "reasoning.text", "text": "a"}]}),
            json!({"content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}]}),
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]},
                {"type": "text", "text": "b"}]}),
            json!({"content": [{"type": "reasoning", "text": "a"}, "b"]}),
            json!({"content": "b", "thinking_blocks": [{"type": "thinking", "thinking": "a"}]}),
        ] {
            let out = taken(&[json!({"choices": [{"message": message}]})]);
            assert_eq!(
                (out.text.as_str(), out.thoughts.as_str()),
                ("b", "a"),
                "{message}"
            );
        }
    }

    #[test]
    fn an_error_inside_a_response_is_found_in_any_field() {
        for (answer, status) in [
            (json!({"error": {"message": "x", "code": 429}}), Some(429)),
            (
                json!({"error": {"message": "x", "type": "invalid_request_error"}}),
                Some(400),
            ),
            (json!({"error": "busy"}), None),
            (json!({"error": true, "choices": []}), None),
            (
                json!({"choices": [{"error": {"code": 502, "message": "x"}}]}),
                Some(502),
            ),
            (
                json!({"object": "error", "message": "x", "code": "503"}),
                Some(503),
            ),
            (json!({"detail": "x"}), None),
        ] {
            let error = error_in(&answer);
            assert!(error.is_some(), "{answer}");
            assert_eq!(error.and_then(status_of), status, "{answer}");
        }
    }
}
