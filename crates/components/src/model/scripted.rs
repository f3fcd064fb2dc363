//! A provider with scripted answers from a file, which it can stream slowly. For tests and
//! examples.
//!
//! The first answer that matches the stage's id and its prompt is used. If none matches, the call
//! fails; answers are never made up.

use std::{collections::HashMap, time::Duration};

use engine::{
    component::{BoxFuture, StageError},
    json_error,
};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use types::ErrorCode;

use super::{
    Completion, ModelCall, ModelProvider, Price, Sink,
    usage::{Tokens, usage},
};

/// A file of answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// A note for readers of the file.
    #[serde(default, rename = "$comment")]
    _comment: Option<String>,
    /// The delay before the first token, in milliseconds.
    #[serde(default)]
    delay_ms: u64,
    /// The speed of the answer; without it, all tokens arrive at once.
    #[serde(default)]
    tokens_per_second: Option<f64>,
    /// The answers, in the order in which they are tried.
    answers: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The id of the stage, or its address.
    #[serde(default)]
    stage: Option<String>,
    /// Texts that must all occur in the prompt or the system prompt; case does not matter.
    #[serde(default)]
    contains: OneOrMany<String>,
    /// The answer, or the answers to successive calls within a run; the last one is repeated.
    answer: OneOrMany<Answer>,
    #[serde(default)]
    delay_ms: Option<u64>,
    #[serde(default)]
    tokens_per_second: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::Many(many) => many,
            OneOrMany::One(one) => std::slice::from_ref(one),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Text(String),
    /// A failure of the call.
    Error {
        error: String,
        #[serde(default)]
        retryable: bool,
        #[serde(default)]
        retry_after_ms: Option<u64>,
    },
    /// An answer in JSON.
    Json(serde_json::Map<String, serde_json::Value>),
}

impl Script {
    /// Parses a file of answers.
    pub fn parse(text: &str) -> Result<Self, String> {
        let script: Self = serde_json::from_str(text)
            .map_err(|e| format!("the answers cannot be read: {}", json_error(&e)))?;
        let paces = script.answers.iter().filter_map(|a| a.tokens_per_second);
        if let Some(pace) = paces
            .chain(script.tokens_per_second)
            .find(|p| p.is_nan() || *p <= 0.0)
        {
            return Err(format!(
                "tokens_per_second is {pace}; it must be greater than 0"
            ));
        }
        if script
            .answers
            .iter()
            .any(|a| a.answer.as_slice().is_empty())
        {
            return Err("an entry in answers has an empty list as its answer".to_owned());
        }
        Ok(script)
    }
}

/// A provider with the answers of a [`Script`].
#[derive(Debug)]
pub struct Scripted {
    script: Script,
    price: Option<Price>,
    /// How often an entry was used, by run id and index of the entry.
    used: Mutex<HashMap<(String, usize), usize>>,
}

impl Scripted {
    /// A provider of these answers.
    pub fn new(script: Script, price: Option<Price>) -> Self {
        Self {
            script,
            price,
            used: Mutex::default(),
        }
    }

    fn choose(&self, call: &ModelCall) -> Option<(&Entry, &Answer)> {
        let id = stage_id(&call.stage);
        let asked =
            format!("{}\n{}", call.system.as_deref().unwrap_or(""), call.prompt).to_lowercase();
        let (at, entry) = self.script.answers.iter().enumerate().find(|(_, entry)| {
            entry
                .stage
                .as_deref()
                .is_none_or(|s| s == id || s == call.stage)
                && entry
                    .contains
                    .as_slice()
                    .iter()
                    .all(|t| asked.contains(&t.to_lowercase()))
        })?;
        let answers = entry.answer.as_slice();
        if answers.len() == 1 {
            return answers.first().map(|answer| (entry, answer));
        }
        let run = call
            .key
            .split_once(':')
            .map_or(call.key.as_str(), |(run, _)| run)
            .to_owned();
        let mut used = self.used.lock();
        // Limits the memory of long-running servers; only the positions of old runs are lost.
        if used.len() > 10_000 {
            used.clear();
        }
        let count = used.entry((run, at)).or_default();
        let answer = answers.get(*count).or(answers.last());
        *count += 1;
        answer.map(|answer| (entry, answer))
    }
}

impl ModelProvider for Scripted {
    fn complete<'a>(
        &'a self,
        call: ModelCall,
        sink: Sink<'a>,
    ) -> BoxFuture<'a, Result<Completion, StageError>> {
        Box::pin(async move {
            let Some((entry, answer)) = self.choose(&call) else {
                return Err(StageError::new(
                    ErrorCode::ProviderFailed,
                    format!(
                        "there is no scripted answer for the stage `{}` and this prompt; add one to \
                         the file with the answers",
                        stage_id(&call.stage)
                    ),
                ));
            };
            sleep(Duration::from_millis(
                entry.delay_ms.unwrap_or(self.script.delay_ms),
            ))
            .await;
            let text = match answer {
                Answer::Text(text) => text.clone(),
                Answer::Json(map) => serde_json::to_string_pretty(map).unwrap_or_default(),
                Answer::Error {
                    error,
                    retryable,
                    retry_after_ms,
                } => {
                    return Err(StageError {
                        retryable: *retryable,
                        retry_after_ms: *retry_after_ms,
                        ..StageError::new(ErrorCode::ProviderFailed, error.clone())
                    });
                }
            };
            let pace = entry.tokens_per_second.or(self.script.tokens_per_second);
            let start = Instant::now();
            let mut received = 0_u64;
            for token in tokens(&text) {
                received += 1;
                if let Some(pace) = pace {
                    sleep_until(start + Duration::from_secs_f64(received as f64 / pace)).await;
                }
                sink(token);
            }
            let sent = tokens(call.system.as_deref().unwrap_or("")).chain(tokens(&call.prompt));
            let sent = sent.count() as u64;
            Ok(Completion {
                usage: usage(
                    Tokens {
                        sent: Some(sent),
                        received: Some(received),
                    },
                    self.price,
                ),
                text,
                thoughts: String::new(),
                model: "scripted".to_owned(),
                finish_reason: "stop".to_owned(),
                adjustments: Vec::new(),
            })
        })
    }
}

/// The id of the stage in an address: `draft` for `each[3]/draft`.
fn stage_id(address: &str) -> &str {
    let last = address.rsplit('/').next().unwrap_or(address);
    last.split('[').next().unwrap_or(last)
}

/// Splits a text into pieces about as long as a model's tokens: words with the space before them,
/// long ones in parts.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    const LONGEST: usize = 6;
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = rest.len();
        for (count, (at, c)) in rest.char_indices().enumerate() {
            if count > 0 && (count >= LONGEST || c.is_whitespace()) {
                end = at;
                break;
            }
        }
        let (token, left) = rest.split_at(end);
        rest = left;
        (!token.is_empty()).then_some(token)
    })
}
