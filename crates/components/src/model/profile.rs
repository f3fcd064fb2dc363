//! Determines which parameters a model supports. Endpoints differ, and only refused calls show how:
//! refusals are parsed, the refused parameters are left out or renamed, and the result is remembered.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Adjustment, ModelCall};

/// The fields that can be left out of a call, in the order in which a refusal is searched for them:
/// longer names before those they contain.
const OPTIONAL: [&str; 4] = ["stream_options", "temperature", "top_p", "stop"];

/// The two names of the limit of tokens.
const LIMITS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// Phrases of refusals that mean that a field is not supported at all, not that its value is out of
/// range.
const NOT_TAKEN: [&str; 26] = [
    "support",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unexpected",
    "not permitted",
    "not allowed",
    "not enabled",
    "not available",
    "not implemented",
    "not accept",
    "not compatible",
    "incompatible",
    "invalid param",
    "invalid argument",
    "no such param",
    "extra",
    "deprecated",
    "cannot be used",
    "cannot be set",
    "cannot both",
    "can't be used",
    "only the default",
    "use only one",
    "must alternate",
    "is disabled",
];

/// Phrases of refusals that mean that a value is out of range.
const OUT_OF_RANGE: [&str; 9] = [
    "too large",
    "too small",
    "too many",
    "too long",
    "at most",
    "at least",
    "less than",
    "greater than",
    "between",
];

/// The parts of a call that a model supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestProfile {
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the URL is the one below `/v1`.
    pub under_v1: bool,
    /// Whether the system prompt is sent as a message of its own.
    pub system_role: bool,
    /// The name of the limit of tokens; `None` if it is left out.
    limit: Option<&'static str>,
    /// The names of the limit that were refused.
    refused_limits: BTreeSet<&'static str>,
    /// The fields that are left out.
    dropped: BTreeSet<&'static str>,
}

impl RequestProfile {
    pub fn new(new_limit: bool) -> Self {
        Self {
            stream: true,
            under_v1: false,
            system_role: true,
            limit: Some(LIMITS[usize::from(new_limit)]),
            refused_limits: BTreeSet::new(),
            dropped: BTreeSet::new(),
        }
    }

    /// The name of the limit of tokens; `None` if it is left out.
    pub fn limit(&self) -> Option<&'static str> {
        self.limit
    }

    /// Whether a field of this name is sent.
    pub fn takes(&self, field: &str) -> bool {
        !self.dropped.contains(field)
    }

    /// The parameters of a call that are not sent as requested. Whether the answer is streamed is
    /// not a parameter.
    pub fn adjustments(&self, call: &ModelCall) -> Vec<Adjustment> {
        let mut out = Vec::new();
        let mut tell = |parameter: &str, instead: String| {
            out.push(Adjustment {
                parameter: parameter.to_owned(),
                instead,
            });
        };
        let left_out = "it was left out, and the model uses its default";
        if call.temperature.is_some() && !self.takes("temperature") {
            tell("temperature", left_out.to_owned());
        }
        if call.top_p.is_some() && !self.takes("top_p") {
            tell("top_p", left_out.to_owned());
        }
        if call.max_tokens.is_some() && !self.refused_limits.is_empty() {
            match self.limit {
                Some(name) => tell("max_tokens", format!("it was sent as `{name}`")),
                None => tell(
                    "max_tokens",
                    "it was left out, and the answer may be longer".to_owned(),
                ),
            }
        }
        if !call.stop.is_empty() && !self.takes("stop") {
            let instead = "it was left out, and the answer is cut at the first stop sequence";
            tell("stop", instead.to_owned());
        }
        if !self.system_role && call.system.as_ref().is_some_and(|text| !text.is_empty()) {
            let instead = "the system prompt was sent at the beginning of the prompt";
            tell("system", instead.to_owned());
        }
        out
    }

    /// The profile to try after a refusal; `None` if the refusal is about something else. `sent` is
    /// the body of the call, `body` that of the response.
    pub fn after(&self, status: u16, body: &str, sent: &Json, has_v1: bool) -> Option<Self> {
        let mut next = self.clone();
        if status == 404 && has_v1 && !self.under_v1 {
            next.under_v1 = true;
            return Some(next);
        }
        if !matches!(status, 400 | 405 | 415 | 422 | 501) {
            return None;
        }
        let refusal = Refusal::read(body);
        if !refusal.not_taken() {
            return None;
        }
        let named = |limit: &&str| sent.get(*limit).is_some() && refusal.names(limit);
        if let Some(limit) = self.limit.filter(named) {
            next.refused_limits.insert(limit);
            let other = LIMITS.into_iter().find(|other| *other != limit);
            next.limit = other.filter(|other| !self.refused_limits.contains(other));
            return Some(next);
        }
        let both = refusal.names("temperature") && refusal.names("top_p");
        let named = OPTIONAL
            .into_iter()
            .filter(|field| sent.get(field).is_some() && refusal.names(field));
        let mut named: Vec<&str> = named.collect();
        // If the two exclude each other, the less common one is left out.
        if both && named.contains(&"top_p") {
            named = vec!["top_p"];
        }
        if let Some(field) = named.first() {
            next.dropped
                .extend(OPTIONAL.into_iter().find(|one| one == field));
            return Some(next);
        }
        if self.system_role && refusal.is_about_roles() && has_system(sent) {
            next.system_role = false;
            return Some(next);
        }
        if self.stream && (refusal.names("stream") || refusal.names("streaming")) {
            next.stream = false;
            return Some(next);
        }
        None
    }
}

fn has_system(sent: &Json) -> bool {
    let first = sent.pointer("/messages/0/role");
    first.and_then(Json::as_str) == Some("system")
}

/// Cuts the answer at the first stop sequence, for endpoints that do not support `stop`.
pub(super) fn cut_at_stop(text: &mut String, call: &ModelCall) {
    let ends = call.stop.iter().filter(|stop| !stop.is_empty());
    if let Some(end) = ends.filter_map(|stop| text.find(stop.as_str())).min() {
        text.truncate(end);
    }
}

/// A refusal of a call. All texts are in lower case.
struct Refusal {
    text: String,
    /// The parameter that the error names in `param`; may be empty.
    field: String,
    /// The error's code; may be empty.
    code: String,
}

impl Refusal {
    fn read(body: &str) -> Self {
        let json: Json = serde_json::from_str(body).unwrap_or_default();
        let error = match &json {
            Json::Array(items) => items.first().unwrap_or(&Json::Null),
            other => other,
        };
        let error = error
            .get("error")
            .filter(|e| e.is_object())
            .unwrap_or(error);
        let word = |key: &str| {
            let word = error.get(key).and_then(Json::as_str);
            word.unwrap_or_default().to_lowercase()
        };
        Self {
            field: word("param"),
            code: word("code"),
            text: super::wire::said(body).to_lowercase(),
        }
    }

    /// Whether it means that something is not supported, not that a value is out of range.
    fn not_taken(&self) -> bool {
        if self.code.starts_with("unsupported") || self.code.starts_with("unknown_param") {
            return true;
        }
        !OUT_OF_RANGE.iter().any(|words| self.text.contains(words))
            && NOT_TAKEN.iter().any(|words| self.text.contains(words))
    }

    /// Whether it names this field, as a whole word.
    fn names(&self, field: &str) -> bool {
        let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let in_text = self.text.match_indices(field).any(|(at, _)| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + field.len()..].chars().next();
            !before.is_some_and(part_of_a_name) && !after.is_some_and(part_of_a_name)
        });
        match self.field.as_str() {
            "" => in_text,
            named => named == field || named.ends_with(&format!(".{field}")),
        }
    }

    fn is_about_roles(&self) -> bool {
        let text = format!("{} {}", self.text, self.field);
        let who = ["system", "developer"]
            .iter()
            .any(|word| text.contains(word));
        let what = ["role", "instruction", "message", "prompt"]
            .iter()
            .any(|word| text.contains(word));
        (who && what) || text.contains("alternate")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(limit: &str) -> Json {
        let mut body = json!({"messages": [{"role": "system", "content": "s"}], "stream": true,
            "stream_options": {}, "temperature": 0.2, "top_p": 0.9, "stop": ["E"]});
        body[limit] = json!(7);
        body
    }

    fn after(profile: &RequestProfile, text: &str) -> Option<RequestProfile> {
        let sent = sent(profile.limit().unwrap_or("none"));
        profile.after(400, text, &sent, false)
    }

    #[test]
    fn a_refusal_of_a_field_leaves_the_field_out() {
        let profile = RequestProfile::new(false);
        for (refusal, field) in [
            ("Unknown parameter: 'stream_options'", "stream_options"),
            (
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
                "temperature",
            ),
            ("`temperature` is deprecated for this model.", "temperature"),
            (
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
                "top_p",
            ),
            (
                "Unsupported parameter: 'stop' is not supported with this model.",
                "stop",
            ),
            (
                "Unsupported parameter: 'top_p' is not supported with this model.",
                "top_p",
            ),
            (
                r#"{"error":{"message":"Unsupported","param":"stop","code":"unsupported_parameter"}}"#,
                "stop",
            ),
            (
                r#"{"detail":[{"loc":["body","stop"],"msg":"Extra inputs are not permitted"}]}"#,
                "stop",
            ),
            (
                "xai does not support parameters: ['stop'], for model=grok",
                "stop",
            ),
        ] {
            let next = after(&profile, refusal).unwrap_or_else(|| panic!("{refusal}"));
            assert!(!next.takes(field), "{refusal}");
            let others = OPTIONAL.iter().filter(|other| !next.takes(other));
            assert_eq!(others.count(), 1, "{refusal}: {next:?}");
        }
    }

    #[test]
    fn the_limit_is_renamed_once_and_then_left_out() {
        let old = RequestProfile::new(false);
        let refusal = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        let new = after(&old, refusal).unwrap();
        assert_eq!(new.limit(), Some("max_completion_tokens"));
        let none = after(&new, "Unrecognized request argument: max_completion_tokens").unwrap();
        assert_eq!(none.limit(), None);
        let back = after(
            &RequestProfile::new(true),
            "extra field max_completion_tokens",
        )
        .unwrap();
        assert_eq!(back.limit(), Some("max_tokens"));
    }

    #[test]
    fn a_refusal_of_the_system_role_or_of_streaming_changes_the_profile() {
        let profile = RequestProfile::new(false);
        for refusal in [
            "System role not supported",
            "Developer instruction is not enabled for models/gemma-3-1b-it",
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "Conversation roles must alternate user/assistant/user/assistant/...",
        ] {
            assert!(!after(&profile, refusal).unwrap().system_role, "{refusal}");
        }
        assert!(
            !after(&profile, "Streaming is not supported")
                .unwrap()
                .stream
        );
        let again = after(&profile, "System role not supported").unwrap();
        assert_eq!(after(&again, "System role not supported"), None);
    }

    #[test]
    fn a_refusal_about_something_else_gives_no_profile() {
        let profile = RequestProfile::new(false);
        for refusal in [
            "temperature must be at most 1",
            "the prompt is too long",
            "stop: at most 4 sequences",
            "This model does not support images",
            "max_tokens is too large: 100000. This model supports at most 4096 tokens",
            "max_tokens is too large: 100000",
        ] {
            assert_eq!(after(&profile, refusal), None, "{refusal}");
        }
        let unsent = json!({"messages": []});
        assert_eq!(
            profile.after(400, "'stop' is not supported", &unsent, false),
            None
        );
        let sent = sent("max_tokens");
        assert_eq!(
            profile.after(500, "stop is not supported", &sent, false),
            None
        );
        assert!(
            profile
                .after(404, "not found", &sent, true)
                .unwrap()
                .under_v1
        );
        assert_eq!(profile.after(404, "not found", &sent, false), None);
    }
}
