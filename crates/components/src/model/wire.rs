//! What goes over the wire to an endpoint of chat completions and comes back, as endpoints really
//! write it: fields that are null, content in parts, old names of fields.

use serde::Deserialize;
use serde_json::Value as Json;

use super::Sink;

/// An answer, or a piece of one in a stream.
#[derive(Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    pub error: Option<Json>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default, alias = "delta")]
    message: Option<Message>,
    /// What the older completions called it.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<Json>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
}

/// An answer as it grows.
#[derive(Default)]
pub(super) struct Growing {
    pub text: String,
    pub model: Option<String>,
    pub finish_reason: Option<String>,
    pub tokens: Option<(u64, u64)>,
    /// Why the model would not answer, in its words.
    pub refusal: String,
    /// Whether any choice came.
    pub began: bool,
}

impl Growing {
    /// Takes a piece in. Of several choices only the first is the answer.
    pub fn take(&mut self, body: Body, sink: Sink<'_>) {
        self.model = body.model.filter(|m| !m.is_empty()).or(self.model.take());
        if let Some(usage) = body.usage {
            let known = self.tokens.unwrap_or_default();
            self.tokens = Some((
                usage.prompt_tokens.unwrap_or(known.0),
                usage.completion_tokens.unwrap_or(known.1),
            ));
        }
        let choices = body.choices.unwrap_or_default();
        for choice in choices.into_iter().filter(|c| c.index.unwrap_or(0) == 0) {
            self.began = true;
            let (content, refusal) = match choice.message {
                Some(message) => (message.content.map(|c| content(&c)), message.refusal),
                None => (choice.text, None),
            };
            if let Some(text) = content.filter(|t| !t.is_empty()) {
                sink(&text);
                self.text.push_str(&text);
            }
            self.refusal.push_str(&refusal.unwrap_or_default());
            let finish = choice.finish_reason.filter(|f| !f.is_empty());
            self.finish_reason = finish.or(self.finish_reason.take());
        }
    }

    /// The endpoint said that this was all.
    pub fn done(&mut self) {
        self.finish_reason.get_or_insert_with(|| "stop".to_owned());
    }
}

/// A text, or a list of parts that hold one.
fn content(content: &Json) -> String {
    match content {
        Json::String(text) => text.clone(),
        Json::Array(parts) => parts
            .iter()
            .filter_map(|part| match part.get("text") {
                Some(text) => text.as_str().or_else(|| text.get("value")?.as_str()),
                None => part.as_str(),
            })
            .collect(),
        _ => String::new(),
    }
}

/// What an error body says: `error.message`, `error`, `message` or `detail`; else the body.
pub(super) fn said(text: &str) -> String {
    fn of(json: &Json) -> Option<String> {
        match json {
            Json::String(text) => Some(text.clone()),
            Json::Array(items) => of(items.first()?),
            Json::Object(map) => ["error", "message", "detail", "msg"]
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

/// Which of the fields of a call a model takes. Endpoints differ, and say so only when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub stream: bool,
    /// Whether the usage is asked for in the stream.
    pub usage: bool,
    /// Whether the limit goes by its new name.
    new_limit: bool,
    pub temperature: bool,
    /// Whether the address is the one under `/v1`.
    pub under_v1: bool,
}

impl Form {
    pub fn new(new_limit: bool) -> Self {
        Self {
            stream: true,
            usage: true,
            new_limit,
            temperature: true,
            under_v1: false,
        }
    }

    /// The name of the limit.
    pub fn limit(self) -> &'static str {
        match self.new_limit {
            true => "max_completion_tokens",
            false => "max_tokens",
        }
    }

    /// The form to try after a refusal; `None` when the refusal is about something else.
    pub fn after(self, status: u16, text: &str, has_v1: bool) -> Option<Self> {
        let mut next = self;
        if status == 404 && has_v1 && !self.under_v1 {
            next.under_v1 = true;
            return Some(next);
        }
        if !matches!(status, 400 | 415 | 422 | 501) {
            return None;
        }
        let text = text.to_lowercase();
        let says = |word: &str| text.contains(word);
        let unknown = [
            "support",
            "unknown",
            "unrecognized",
            "unexpected",
            "not permitted",
            "not allowed",
            "invalid param",
            "extra",
        ];
        if !unknown.iter().any(|word| text.contains(word)) {
            return None;
        }
        if says("stream_options") && self.stream && self.usage {
            next.usage = false;
        } else if says("max_completion_tokens") && says("max_tokens") {
            // The message names both; what was sent is what is wrong.
            next.new_limit = !self.new_limit;
        } else if says("max_completion_tokens") && self.new_limit {
            next.new_limit = false;
        } else if says("temperature") && self.temperature {
            next.temperature = false;
        } else if says("stream") && self.stream {
            next.stream = false;
        } else {
            return None;
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_body_is_told_by_whichever_field_has_the_words() {
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
    fn a_refusal_about_the_form_gives_another_form_and_any_other_none() {
        let form = Form::new(false);
        let after = |text: &str| form.after(400, text, false);
        assert!(!after("Unknown parameter: 'stream_options'").unwrap().usage);
        assert!(!after("Streaming is not supported").unwrap().stream);
        let new = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        assert_eq!(after(new).unwrap().limit(), "max_completion_tokens");
        let cold = "Unsupported value: 'temperature' does not support 0.2 with this model.";
        assert!(!after(cold).unwrap().temperature);
        assert_eq!(after("temperature must be at most 1"), None);
        assert_eq!(after("the prompt is too long"), None);
        assert_eq!(form.after(500, "stream is not supported", false), None);
        assert!(form.after(404, "not found", true).unwrap().under_v1);
        assert_eq!(form.after(404, "not found", false), None);
    }
}
