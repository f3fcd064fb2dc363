//! Any endpoint that speaks OpenAI's chat completions, streaming or not.

use std::time::Duration;

use engine::component::{BoxFuture, StageError};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use indexmap::IndexMap;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use serde::Deserialize;
use serde_json::json;
use types::{Clock, ErrorCode};

use super::{ModelAnswer, ModelCall, ModelProvider, Price, ProviderSettings, Sink, config::usage};
use crate::http::{GuardedClient, HttpError, Incoming, Request};

/// The longest stream of an answer.
const MAX_STREAM: usize = 32 * 1024 * 1024;

/// An endpoint.
pub struct OpenAiCompatible {
    name: String,
    url: String,
    key: Option<String>,
    settings: ProviderSettings,
    client: GuardedClient,
}

/// An answer, or a piece of one in a stream.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "delta")]
    message: Option<Message>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// An answer as it grows.
#[derive(Default)]
struct Growing {
    text: String,
    model: Option<String>,
    finish_reason: Option<String>,
    tokens: Option<(u64, u64)>,
}

impl Growing {
    fn take(&mut self, body: Body, sink: Sink<'_>) {
        self.model = body.model.filter(|m| !m.is_empty()).or(self.model.take());
        if let Some(usage) = body.usage {
            self.tokens = Some((usage.prompt_tokens, usage.completion_tokens));
        }
        if let Some(choice) = body.choices.into_iter().next() {
            if let Some(text) = choice
                .message
                .and_then(|m| m.content)
                .filter(|t| !t.is_empty())
            {
                sink(&text);
                self.text.push_str(&text);
            }
            self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
        }
    }
}

impl OpenAiCompatible {
    /// An endpoint; the error names the setting that is wrong.
    pub fn new(
        name: &str,
        base_url: &str,
        key: Option<String>,
        settings: &ProviderSettings,
        client: GuardedClient,
    ) -> Result<Self, String> {
        let url = format!("{}/chat/completions", base_url.trim_end_matches('/'));
        url::Url::parse(&url)
            .map_err(|e| format!("providers.{name}.base_url `{base_url}` is not a URL: {e}"))?;
        if key
            .as_deref()
            .is_some_and(|k| HeaderValue::from_str(&format!("Bearer {k}")).is_err())
        {
            return Err(format!(
                "the key of the provider `{name}` holds characters that no key has"
            ));
        }
        let settings = settings.clone();
        Ok(Self {
            name: name.to_owned(),
            url,
            key,
            settings,
            client,
        })
    }

    fn request(&self, call: &ModelCall, model: &str) -> Result<Request, StageError> {
        let mut messages = Vec::new();
        if let Some(system) = call.system.as_deref().filter(|s| !s.is_empty()) {
            messages.push(json!({"role": "system", "content": system}));
        }
        messages.push(json!({"role": "user", "content": call.prompt}));
        let mut body = json!({
            "model": model,
            "messages": messages,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        // OpenAI's own models refuse the old name, most others know only that one.
        let limit = match self.url.starts_with("https://api.openai.com/") {
            true => "max_completion_tokens",
            false => "max_tokens",
        };
        let optional = [
            (
                "temperature",
                call.temperature
                    .or(self.settings.temperature)
                    .map(|t| json!(t)),
            ),
            (
                limit,
                call.max_tokens
                    .or(self.settings.max_tokens)
                    .map(|t| json!(t)),
            ),
            ("top_p", call.top_p.map(|t| json!(t))),
            ("stop", (!call.stop.is_empty()).then(|| json!(call.stop))),
        ];
        for (field, value) in optional {
            if let Some(value) = value {
                body[field] = value;
            }
        }
        let mut request = Request::new(Method::POST, self.url.clone());
        request.timeout = Duration::from_secs(self.settings.timeout_seconds.unwrap_or(300));
        request.max_bytes = MAX_STREAM;
        request.body = Some(body.to_string().into());
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers.insert(
            ACCEPT,
            HeaderValue::from_static("text/event-stream, application/json"),
        );
        if let Some(key) = &self.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| self.fail("its key holds characters that no key has"))?;
            value.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    async fn read(&self, incoming: Incoming, sink: Sink<'_>) -> Result<Growing, StageError> {
        let mut growing = Growing::default();
        let kind = incoming
            .headers
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        // Some endpoints answer as a whole although a stream was asked for.
        if kind.is_some_and(|k| k.starts_with("application/json")) {
            let reply = incoming.whole().await.map_err(|e| self.transport(e))?;
            growing.take(self.body(&String::from_utf8_lossy(&reply.body))?, sink);
            growing
                .finish_reason
                .get_or_insert_with(|| "stop".to_owned());
            return Ok(growing);
        }
        let mut failed = None;
        let bytes = incoming
            .stream()
            .map(|piece| piece.map_err(|e| failed = Some(e)));
        {
            let mut events = std::pin::pin!(bytes.eventsource());
            while let Some(event) = events.next().await {
                let Ok(event) = event else { break };
                if event.data.trim() == "[DONE]" {
                    growing
                        .finish_reason
                        .get_or_insert_with(|| "stop".to_owned());
                    break;
                }
                if !event.data.trim().is_empty() {
                    growing.take(self.body(&event.data)?, sink);
                }
            }
        }
        if let Some(error) = failed {
            return Err(self.transport(error));
        }
        if growing.finish_reason.is_none() {
            return Err(self.retry("its answer broke off in the middle"));
        }
        Ok(growing)
    }

    fn body(&self, text: &str) -> Result<Body, StageError> {
        let body: Body = serde_json::from_str(text)
            .map_err(|_| self.fail("its answer is not a chat completion; check base_url"))?;
        match &body.error {
            Some(error) if !error.is_null() => Err(self.retry(&self.reason(text))),
            _ => Ok(body),
        }
    }

    /// What an error body says, without the key.
    fn reason(&self, text: &str) -> String {
        let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
        let message = json.as_ref().and_then(|j| {
            let error = j.get("error").unwrap_or(j);
            error.get("message").unwrap_or(error).as_str()
        });
        let message: String = message.unwrap_or(text).trim().chars().take(500).collect();
        match &self.key {
            Some(key) => message.replace(key.as_str(), "…"),
            None => message,
        }
    }

    async fn refused(&self, incoming: Incoming) -> StageError {
        let status = incoming.status;
        let retry_after_ms = retry_after(&incoming.headers);
        let text = match incoming.whole().await {
            Ok(reply) => self.reason(&String::from_utf8_lossy(&reply.body)),
            Err(error) => error.to_string(),
        };
        let hint = match (status, &self.settings.api_key_env) {
            (401 | 403, Some(variable)) => format!(" (the key comes from {variable})"),
            (401 | 403, None) if self.key.is_none() => " (no key is set: api_key_env)".to_owned(),
            (404, _) => format!(" (called: {}; check base_url and model)", self.url),
            _ => String::new(),
        };
        let mut error = self.fail(&format!("it answered with status {status}{hint}: {text}"));
        error.retryable = matches!(status, 408 | 409 | 425 | 429) || status >= 500;
        error.retry_after_ms = retry_after_ms;
        error
    }

    fn transport(&self, error: HttpError) -> StageError {
        match error {
            // The address is configuration, so its owner may read what to do about it.
            HttpError::Refused => StageError::new(
                error.code(),
                format!(
                    "the base_url of the model provider `{}` is refused: {error}",
                    self.name
                ),
            ),
            other => StageError {
                retryable: other.retryable(),
                ..self.fail(&other.to_string())
            },
        }
    }

    fn fail(&self, why: &str) -> StageError {
        StageError::new(
            ErrorCode::ProviderFailed,
            format!("the model provider `{}` failed: {why}", self.name),
        )
    }

    fn retry(&self, why: &str) -> StageError {
        StageError {
            retryable: true,
            ..self.fail(why)
        }
    }
}

impl ModelProvider for OpenAiCompatible {
    fn complete<'a>(
        &'a self,
        call: ModelCall,
        sink: Sink<'a>,
    ) -> BoxFuture<'a, Result<ModelAnswer, StageError>> {
        Box::pin(async move {
            let model = call
                .model
                .as_deref()
                .or(self.settings.model.as_deref())
                .ok_or_else(|| {
                    self.fail(&format!(
                    "no model is named: set providers.{}.model or the stage's llm_settings.model",
                    self.name
                ))
                })?;
            let request = self.request(&call, model)?;
            let incoming = self
                .client
                .open(request)
                .await
                .map_err(|e| self.transport(e))?;
            if incoming.status != 200 {
                return Err(self.refused(incoming).await);
            }
            let answer = self.read(incoming, sink).await?;
            let price = price_of(&self.settings.prices, &answer, model);
            Ok(ModelAnswer {
                usage: usage(answer.tokens, price),
                text: answer.text,
                model: answer.model.unwrap_or_else(|| model.to_owned()),
                finish_reason: answer.finish_reason.unwrap_or_default(),
            })
        })
    }
}

/// By the name that was asked for: endpoints often answer with a longer, dated one.
fn price_of(prices: &IndexMap<String, Price>, answer: &Growing, asked: &str) -> Option<Price> {
    let answered = answer.model.as_deref().and_then(|m| prices.get(m));
    prices.get(asked).or(answered).copied()
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds >= 0.0).then_some((seconds * 1000.0) as u64);
    }
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    u64::try_from((at.to_utc() - Clock::system().now()).num_milliseconds()).ok()
}
