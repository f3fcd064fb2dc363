//! A provider for endpoints with OpenAI's chat completions API, with or without streaming.

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
use serde_json::{Value as Json, json};
use types::ErrorCode;

use super::{
    Adjustment, Completion, ModelCall, ModelProvider, Price, ProviderSettings, Sink,
    profile::{RequestProfile, cut_at_stop},
    usage::usage,
    wire::{ResponseAccumulator, error_in, said, status_of},
};
use crate::http::{GuardedClient, HttpError, Incoming, Request, retry_after};

/// The longest response, in bytes.
const MAX_STREAM: usize = 32 * 1024 * 1024;

/// The most models whose profile is remembered.
const MAX_PROFILES: usize = 256;

/// How often one call is repeated with another profile.
const MAX_PROFILES_TRIED: usize = 8;

/// An OpenAI-compatible endpoint.
pub struct OpenAiCompatible {
    name: String,
    url: String,
    /// The URL below `/v1`, if the configured URL has no path.
    other_url: Option<String>,
    key: Option<String>,
    settings: ProviderSettings,
    client: GuardedClient,
    /// The known profiles, by model.
    profiles: Mutex<HashMap<String, RequestProfile>>,
}

impl OpenAiCompatible {
    /// A provider for an endpoint. The error names the invalid setting.
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
                "the API key of the provider `{name}` contains characters that are not allowed"
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
            profiles: Mutex::default(),
        })
    }

    /// The known profile of a model, or the default one.
    fn profile(&self, model: &str) -> RequestProfile {
        let known = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(model).cloned().unwrap_or_else(|| {
            // OpenAI's own models refuse the old name of the limit; most others only know that one.
            RequestProfile::new(self.url.starts_with("https://api.openai.com/"))
        })
    }

    fn keep(&self, model: &str, profile: RequestProfile) {
        let mut known = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PROFILES {
            known.clear();
        }
        known.insert(model.to_owned(), profile);
    }

    fn address(&self, profile: &RequestProfile) -> &str {
        match &self.other_url {
            Some(other) if profile.under_v1 => other,
            _ => &self.url,
        }
    }

    /// The body of a call, with the fields that the model supports.
    fn sent(&self, call: &ModelCall, model: &str, profile: &RequestProfile) -> Json {
        let system = call.system.as_deref().filter(|s| !s.is_empty());
        let messages = match system {
            Some(system) if profile.system_role => json!([
                {"role": "system", "content": system},
                {"role": "user", "content": call.prompt},
            ]),
            Some(system) => {
                let both = format!("{system}\n\n{}", call.prompt);
                json!([{"role": "user", "content": both}])
            }
            None => json!([{"role": "user", "content": call.prompt}]),
        };
        let mut body = json!({"model": model, "messages": messages, "stream": profile.stream});
        let mut put = |field: &str, value: Option<Json>| {
            if let Some(value) = value.filter(|_| profile.takes(field)) {
                body[field] = value;
            }
        };
        put(
            "stream_options",
            profile.stream.then(|| json!({"include_usage": true})),
        );
        put("temperature", call.temperature.map(|t| json!(t)));
        if let Some(name) = profile.limit() {
            put(name, call.max_tokens.map(|t| json!(t)));
        }
        put("top_p", call.top_p.map(|t| json!(t)));
        put("stop", (!call.stop.is_empty()).then(|| json!(call.stop)));
        body
    }

    fn request(&self, body: &Json, profile: &RequestProfile) -> Result<Request, StageError> {
        let mut request = Request::new(Method::POST, self.address(profile).to_owned());
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
        // A compressed stream arrives in bursts: the server buffers text to compress it.
        let plain = HeaderValue::from_static("identity");
        request.headers.insert(ACCEPT_ENCODING, plain);
        if let Some(key) = &self.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| self.fail("its API key contains characters that are not allowed"))?;
            value.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    /// Reads a response of status 200, as a whole or as a stream.
    async fn read(
        &self,
        mut incoming: Incoming,
        sink: Sink<'_>,
    ) -> Result<ResponseAccumulator, Failed> {
        let mut answer = ResponseAccumulator::default();
        // The first character shows whether it is a stream: some endpoints send no content type or
        // a wrong one, and some do not stream even if they are asked to.
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
            self.whole(&String::from_utf8_lossy(&begin), &mut answer, sink)?;
            return Ok(answer);
        }
        let mut broken = None;
        let shown = String::from_utf8_lossy(&begin).into_owned();
        let bytes = stream::iter([Ok(begin.into())])
            .chain(incoming.stream())
            .map(|piece| piece.map_err(|e| broken = Some(e)));
        {
            let mut events = std::pin::pin!(bytes.eventsource());
            while let Some(event) = events.next().await {
                let Ok(event) = event else { break };
                let data = event.data.trim();
                if data.trim_matches('"').eq_ignore_ascii_case("[DONE]") {
                    answer.done();
                    break;
                }
                match serde_json::from_str::<Json>(data) {
                    Ok(piece) if piece.is_object() && event.event != "error" => {
                        self.take(&piece, data, &mut answer, sink)?;
                    }
                    read if event.event == "error" => {
                        return Err(self.inside(data, &read.unwrap_or_default(), &answer));
                    }
                    // Noise that some endpoints send between the pieces.
                    _ => {}
                }
            }
        }
        // Errors after the end of the text do not matter.
        if let Some(error) = broken.filter(|_| answer.finish_reason.is_none()) {
            return Err(self.transport(error).into());
        }
        if !answer.began && !shown.trim_start().starts_with(['d', 'e', 'i', 'r', ':']) {
            return Err(self.foreign(&shown).into());
        }
        if answer.finish_reason.is_none() {
            return Err(self.retry("its answer is incomplete").into());
        }
        Ok(answer)
    }

    /// Reads a response that is JSON: one object, or one per line.
    fn whole(
        &self,
        text: &str,
        answer: &mut ResponseAccumulator,
        sink: Sink<'_>,
    ) -> Result<(), Failed> {
        let pieces = serde_json::Deserializer::from_str(text).into_iter::<Json>();
        for piece in pieces {
            let piece = match piece {
                Ok(Json::Array(mut one)) if one.len() == 1 => one.swap_remove(0),
                Ok(piece) => piece,
                Err(error) if error.is_eof() => {
                    return Err(self.retry("its answer is incomplete").into());
                }
                // Anything may follow a complete answer.
                Err(_) if answer.finish_reason.is_some() => break,
                Err(_) => return Err(self.foreign(text).into()),
            };
            if !piece.is_object() {
                return Err(self.foreign(text).into());
            }
            self.take(&piece, &piece.to_string(), answer, sink)?;
        }
        answer.done();
        Ok(())
    }

    fn take(
        &self,
        piece: &Json,
        text: &str,
        answer: &mut ResponseAccumulator,
        sink: Sink<'_>,
    ) -> Result<(), Failed> {
        if let Some(error) = error_in(piece) {
            return Err(self.inside(text, error, answer));
        }
        answer.take(piece, sink);
        Ok(())
    }

    /// The failure for an error inside a response of status 200.
    fn inside(&self, text: &str, error: &Json, answer: &ResponseAccumulator) -> Failed {
        let status = status_of(error);
        // An error that is not JSON is quoted unchanged.
        let words = match error {
            Json::Null => text.to_owned(),
            error => error.to_string(),
        };
        let mut failed = self.retry(&self.reason(&words));
        failed.retryable = status.is_none_or(may_pass);
        Failed {
            error: failed,
            // The call may only be repeated if no text was shown yet.
            refusal: (!answer.began).then(|| (status.unwrap_or(400), text.to_owned())),
        }
    }

    fn foreign(&self, text: &str) -> StageError {
        let start: String = text.trim().chars().take(80).collect();
        self.fail(&format!(
            "its response is not a chat completion; check base_url. It begins: {start}"
        ))
    }

    /// The message of an error body, without the API key.
    fn reason(&self, text: &str) -> String {
        let message: String = said(text).chars().take(500).collect();
        match &self.key {
            Some(key) => message.replace(key.as_str(), "…"),
            None => message,
        }
    }

    fn refused(
        &self,
        profile: &RequestProfile,
        status: u16,
        headers: &HeaderMap,
        text: &str,
    ) -> StageError {
        let retry_after_ms = retry_after(headers);
        let hint = match status {
            401 | 403 => format!(" ({})", self.about_the_key(profile)),
            404 => format!(
                " (called: {}; check base_url and model)",
                self.address(profile)
            ),
            _ => String::new(),
        };
        let mut error = self.fail(&format!("it returned status {status}{hint}: {text}"));
        error.retryable = may_pass(status);
        error.retry_after_ms = retry_after_ms;
        error
    }

    /// The message for a refused API key: the server, the key and a remedy. Only the first
    /// characters of the key are shown, which identify its kind and owner.
    fn about_the_key(&self, profile: &RequestProfile) -> String {
        const SHOWN: usize = 6;
        let address = self.address(profile);
        let url = url::Url::parse(address).ok();
        let server = url
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or("the server");
        let variable = self.settings.api_key_env.as_deref();
        let Some(key) = &self.key else {
            return format!(
                "no API key was sent to {server}; set api_key_env to the environment variable with \
                 the key"
            );
        };
        let key = key.as_str();
        // No part of a short key is shown.
        let shown: String = match key.chars().count() {
            n if n >= 4 * SHOWN => key.chars().take(SHOWN).chain(['…']).collect(),
            _ => "…".to_owned(),
        };
        let (from, remedy) = match variable {
            Some(variable) => (
                format!(" from {variable}"),
                format!("then set it again: export {variable}=…"),
            ),
            None => (String::new(), "then set it again".to_owned()),
        };
        format!(
            "{server} refused the API key `{shown}`{from}; check that it is valid for this server \
             and the model, {remedy}"
        )
    }

    /// Makes the call, and repeats it with another profile if the endpoint refuses this one.
    async fn answer(
        &self,
        call: &ModelCall,
        model: &str,
        sink: Sink<'_>,
    ) -> Result<(ResponseAccumulator, Vec<Adjustment>), StageError> {
        let known = self.profile(model);
        let mut profile = known.clone();
        for tried in 0.. {
            let sent = self.sent(call, model, &profile);
            let request = self.request(&sent, &profile)?;
            let opened = self.client.open(request).await;
            let incoming = opened.map_err(|e| self.transport(e))?;
            let (failed, refusal) = if incoming.status == 200 {
                match self.read(incoming, sink).await {
                    Ok(mut answer) => {
                        if !profile.takes("stop") {
                            cut_at_stop(&mut answer.text, call);
                        }
                        let adjustments = profile.adjustments(call);
                        if profile != known {
                            self.keep(model, profile);
                        }
                        return Ok((self.usable(answer)?, adjustments));
                    }
                    Err(Failed { error, refusal }) => (error, refusal),
                }
            } else {
                let (status, headers) = (incoming.status, incoming.headers.clone());
                let body = match incoming.whole().await {
                    Ok(reply) => String::from_utf8_lossy(&reply.body).into_owned(),
                    Err(error) => error.to_string(),
                };
                let error = self.refused(&profile, status, &headers, &self.reason(&body));
                (error, Some((status, body)))
            };
            let other = refusal.and_then(|(status, body)| {
                profile.after(status, &body, &sent, self.other_url.is_some())
            });
            match other.filter(|_| tried < MAX_PROFILES_TRIED) {
                Some(other) => profile = other,
                None => return Err(failed),
            }
        }
        Err(self.fail("it refused all known variants of the call"))
    }

    /// Turns an answer without text into an error if the reason is known.
    fn usable(&self, answer: ResponseAccumulator) -> Result<ResponseAccumulator, StageError> {
        if !answer.text.trim().is_empty() {
            return Ok(answer);
        }
        match answer.finish_reason.as_deref() {
            _ if !answer.began => Err(self.retry("its answer has no `choices`")),
            _ if !answer.refusal.is_empty() => {
                Err(self.fail(&format!("the model refused: {}", answer.refusal)))
            }
            Some("content_filter") => {
                Err(self.fail("its content filter withheld the answer (content_filter)"))
            }
            Some("tool_calls" | "function_call") => {
                Err(self
                    .fail("the model called a tool instead of answering, but there are no tools"))
            }
            _ => Ok(answer),
        }
    }

    fn transport(&self, error: HttpError) -> StageError {
        match error {
            // The URL comes from the configuration, so the message may name it.
            HttpError::Refused(_) => StageError::new(
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
        mut call: ModelCall,
        sink: Sink<'a>,
    ) -> BoxFuture<'a, Result<Completion, StageError>> {
        Box::pin(async move {
            call.temperature = call.temperature.or(self.settings.temperature);
            call.max_tokens = call.max_tokens.or(self.settings.max_tokens);
            let model = call
                .model
                .as_deref()
                .or(self.settings.model.as_deref())
                .ok_or_else(|| {
                    self.fail(&format!(
                        "no model is set: set providers.{}.model or the stage's llm_settings.model",
                        self.name
                    ))
                })?;
            let (answer, adjustments) = self.answer(&call, model, sink).await?;
            let price = price_of(&self.settings.prices, &answer, model);
            Ok(Completion {
                usage: usage(answer.tokens, price),
                text: answer.text,
                thoughts: answer.thoughts,
                model: answer.model.unwrap_or_else(|| model.to_owned()),
                finish_reason: answer.finish_reason.unwrap_or_default(),
                adjustments,
            })
        })
    }
}

/// Whether a response of this status may be temporary.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429) || status >= 500
}

/// Why a response of status 200 is not an answer.
struct Failed {
    error: StageError,
    /// The corresponding status and the body, if the call may be repeated with another profile.
    refusal: Option<(u16, String)>,
}

impl From<StageError> for Failed {
    fn from(error: StageError) -> Self {
        Self {
            error,
            refusal: None,
        }
    }
}

/// The URL for a `base_url`, and the alternative below `/v1` if it has no path.
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

/// The price of the requested model, otherwise of the one that answered: endpoints often return a
/// longer name with a date.
fn price_of(
    prices: &IndexMap<String, Price>,
    answer: &ResponseAccumulator,
    asked: &str,
) -> Option<Price> {
    let answered = answer.model.as_deref().and_then(|m| prices.get(m));
    prices.get(asked).or(answered).copied()
}
