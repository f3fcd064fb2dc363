//! Any endpoint that speaks OpenAI's chat completions, streaming or not.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use engine::component::{BoxFuture, StageError};
use eventsource_stream::Eventsource;
use futures::{StreamExt, stream};
use indexmap::IndexMap;
use reqwest::{
    Method,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::json;
use types::ErrorCode;

use super::{
    ModelAnswer, ModelCall, ModelProvider, Price, ProviderSettings, Sink,
    config::usage,
    wire::{Body, Form, Growing, said},
};
use crate::http::{GuardedClient, HttpError, Incoming, Request, retry_after};

/// The longest stream of an answer.
const MAX_STREAM: usize = 32 * 1024 * 1024;

/// More models than this are not remembered.
const MAX_FORMS: usize = 256;

/// How often one call may be asked again in another form.
const MAX_FORMS_TRIED: usize = 5;

/// An endpoint.
pub struct OpenAiCompatible {
    name: String,
    url: String,
    /// Where an address without a path most often answers: under `/v1`.
    other_url: Option<String>,
    key: Option<String>,
    settings: ProviderSettings,
    client: GuardedClient,
    /// What each model was found to take.
    forms: Mutex<HashMap<String, Form>>,
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
        let (url, other_url) = addresses(base_url)
            .map_err(|e| format!("providers.{name}.base_url `{base_url}` {e}"))?;
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
            other_url,
            key,
            settings,
            client,
            forms: Mutex::default(),
        })
    }

    /// The form that a model takes, as far as it is known.
    fn form(&self, model: &str) -> Form {
        let forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        forms.get(model).copied().unwrap_or_else(|| {
            // OpenAI's own models refuse the old name, most others know only that one.
            Form::new(self.url.starts_with("https://api.openai.com/"))
        })
    }

    fn keep(&self, model: &str, form: Form) {
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= MAX_FORMS {
            forms.clear();
        }
        forms.insert(model.to_owned(), form);
    }

    fn address(&self, form: Form) -> &str {
        match &self.other_url {
            Some(other) if form.under_v1 => other,
            _ => &self.url,
        }
    }

    fn request(&self, call: &ModelCall, model: &str, form: Form) -> Result<Request, StageError> {
        let mut messages = Vec::new();
        if let Some(system) = call.system.as_deref().filter(|s| !s.is_empty()) {
            messages.push(json!({"role": "system", "content": system}));
        }
        messages.push(json!({"role": "user", "content": call.prompt}));
        let mut body = json!({"model": model, "messages": messages, "stream": form.stream});
        let temperature = call.temperature.or(self.settings.temperature);
        let optional = [
            (
                "stream_options",
                (form.stream && form.usage).then(|| json!({"include_usage": true})),
            ),
            (
                "temperature",
                temperature.filter(|_| form.temperature).map(|t| json!(t)),
            ),
            (
                form.limit(),
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
        let mut request = Request::new(Method::POST, self.address(form).to_owned());
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
        // A compressed stream comes in lumps: a server holds words back to pack them.
        let plain = HeaderValue::from_static("identity");
        request.headers.insert(ACCEPT_ENCODING, plain);
        if let Some(key) = &self.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| self.fail("its key holds characters that no key has"))?;
            value.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    async fn read(&self, mut incoming: Incoming, sink: Sink<'_>) -> Result<Growing, StageError> {
        let mut growing = Growing::default();
        // What kind of answer it is shows its first letter: not all endpoints send a content
        // type, some a wrong one, and some answer as a whole although a stream was asked for.
        let mut begin = Vec::new();
        let first = loop {
            let shown = begin.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&begin);
            if let Some(first) = shown.iter().find(|b| !b.is_ascii_whitespace()) {
                break Some(*first);
            }
            match incoming.chunk().await.map_err(|e| self.transport(e))? {
                Some(bytes) => begin.extend_from_slice(&bytes),
                None => break None,
            }
        };
        if begin.starts_with(b"\xEF\xBB\xBF") {
            begin.drain(..3);
        }
        if matches!(first, Some(b'{' | b'[')) {
            let reply = incoming.whole().await.map_err(|e| self.transport(e))?;
            begin.extend_from_slice(&reply.body);
            self.whole(&String::from_utf8_lossy(&begin), &mut growing, sink)?;
            return Ok(growing);
        }
        let mut failed = None;
        let shown = String::from_utf8_lossy(&begin).into_owned();
        let bytes = stream::iter([Ok(begin.into())])
            .chain(incoming.stream())
            .map(|piece| piece.map_err(|e| failed = Some(e)));
        {
            let mut events = std::pin::pin!(bytes.eventsource());
            while let Some(event) = events.next().await {
                let Ok(event) = event else { break };
                if event.data.trim() == "[DONE]" {
                    growing.done();
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
        if !growing.began && !shown.trim_start().starts_with(['d', 'e', 'i', 'r', ':']) {
            return Err(self.foreign(&shown));
        }
        if growing.finish_reason.is_none() {
            return Err(self.retry("its answer broke off in the middle"));
        }
        Ok(growing)
    }

    /// An answer that is JSON: one object, or one per line.
    fn whole(&self, text: &str, growing: &mut Growing, sink: Sink<'_>) -> Result<(), StageError> {
        let pieces = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        for piece in pieces {
            let piece = piece.map_err(|_| self.foreign(text))?;
            growing.take(self.body(&piece.to_string())?, sink);
        }
        growing.done();
        Ok(())
    }

    fn foreign(&self, text: &str) -> StageError {
        let start: String = text.trim().chars().take(80).collect();
        self.fail(&format!(
            "its answer is not a chat completion; check base_url. It begins: {start}"
        ))
    }

    fn body(&self, text: &str) -> Result<Body, StageError> {
        let body: Body = serde_json::from_str(text).map_err(|_| self.foreign(text))?;
        match &body.error {
            Some(error) if !error.is_null() => Err(self.retry(&self.reason(text))),
            _ => Ok(body),
        }
    }

    /// What an error body says, without the key.
    fn reason(&self, text: &str) -> String {
        let message: String = said(text).chars().take(500).collect();
        match &self.key {
            Some(key) => message.replace(key.as_str(), "…"),
            None => message,
        }
    }

    fn refused(&self, form: Form, status: u16, headers: &HeaderMap, text: &str) -> StageError {
        let retry_after_ms = retry_after(headers);
        let hint = match (status, &self.settings.api_key_env) {
            (401 | 403, Some(variable)) => format!(" (the key comes from {variable})"),
            (401 | 403, None) if self.key.is_none() => " (no key is set: api_key_env)".to_owned(),
            (404, _) => format!(
                " (called: {}; check base_url and model)",
                self.address(form)
            ),
            _ => String::new(),
        };
        let mut error = self.fail(&format!("it answered with status {status}{hint}: {text}"));
        error.retryable = matches!(status, 408 | 409 | 425 | 429) || status >= 500;
        error.retry_after_ms = retry_after_ms;
        error
    }

    /// Asks, and asks again in another form where the endpoint says that it does not know this one.
    async fn answer(
        &self,
        call: &ModelCall,
        model: &str,
        sink: Sink<'_>,
    ) -> Result<Growing, StageError> {
        let known = self.form(model);
        let mut form = known;
        for tried in 0.. {
            let request = self.request(call, model, form)?;
            let opened = self.client.open(request).await;
            let incoming = opened.map_err(|e| self.transport(e))?;
            if incoming.status == 200 {
                if form != known {
                    self.keep(model, form);
                }
                let answer = self.read(incoming, sink).await?;
                return self.usable(answer);
            }
            let (status, headers) = (incoming.status, incoming.headers.clone());
            let text = match incoming.whole().await {
                Ok(reply) => self.reason(&String::from_utf8_lossy(&reply.body)),
                Err(error) => error.to_string(),
            };
            let other = form.after(status, &text, self.other_url.is_some());
            match other.filter(|_| tried < MAX_FORMS_TRIED) {
                Some(other) => form = other,
                None => return Err(self.refused(form, status, &headers, &text)),
            }
        }
        Err(self.fail("it takes none of the forms of a call"))
    }

    /// An answer without a text says why there is none.
    fn usable(&self, answer: Growing) -> Result<Growing, StageError> {
        if !answer.text.trim().is_empty() {
            return Ok(answer);
        }
        match answer.finish_reason.as_deref() {
            _ if !answer.began => Err(self.retry("its answer has no `choices`")),
            _ if !answer.refusal.is_empty() => {
                Err(self.fail(&format!("the model refused: {}", answer.refusal)))
            }
            Some("content_filter") => {
                Err(self.fail("its content filter held the answer back (content_filter)"))
            }
            Some("tool_calls" | "function_call") => {
                Err(self.fail("the model called a tool instead of answering, and it has none"))
            }
            _ => Ok(answer),
        }
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
            let answer = self.answer(&call, model, sink).await?;
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

/// The address of a `base_url`, and where it may be meant to go instead.
fn addresses(base_url: &str) -> Result<(String, Option<String>), String> {
    let mut url = url::Url::parse(base_url.trim()).map_err(|e| format!("is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("does not begin with http:// or https://".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/chat/completions").unwrap_or(path);
    let path = path.trim_end_matches('/').to_owned();
    let other = path.is_empty().then(|| {
        let mut other = url.clone();
        other.set_path("/v1/chat/completions");
        other.to_string()
    });
    url.set_path(&format!("{path}/chat/completions"));
    Ok((url.to_string(), other))
}

/// By the name that was asked for: endpoints often answer with a longer, dated one.
fn price_of(prices: &IndexMap<String, Price>, answer: &Growing, asked: &str) -> Option<Price> {
    let answered = answer.model.as_deref().and_then(|m| prices.get(m));
    prices.get(asked).or(answered).copied()
}
