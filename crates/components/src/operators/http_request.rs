//! `http_request`: one request through the guarded client.
//!
//! A status of 400 and more is an answer, not a failure: `success` is false and the pipeline
//! decides. Only when the stage has a retry policy, a status that may pass (408, 425, 429, 5xx)
//! fails the attempt, so that the policy works.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use engine::{
    Map, Value,
    component::{EffectKind, StageContext, StageError},
    operator,
};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    http::{GuardedClient, Reply, Request},
    lenient::{Flag, Num, Text, text_of},
    model::retry_after,
};

/// The request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HttpRequestInput {
    /// The address, with `http://` or `https://`.
    url: Text,
    /// `GET` unless set; also POST, PUT, PATCH, DELETE, HEAD, OPTIONS.
    #[serde(default)]
    method: Option<Text>,
    /// Headers: name → text.
    #[serde(default)]
    headers: Option<Map>,
    /// The body: a text goes as it is, anything else as JSON.
    #[serde(default, alias = "json", alias = "data")]
    #[schemars(extend("x-synonyms" = ["json", "data"]))]
    body: Value,
    /// Parameters behind the `?`.
    #[serde(default, alias = "params", alias = "query")]
    #[schemars(extend("x-synonyms" = ["params", "query"]))]
    query_params: Option<Map>,
    /// Up to 300: seconds. Above: milliseconds. 30 seconds unless set.
    #[serde(default)]
    timeout: Option<Num>,
    /// Whether redirects are followed, at most 5; true unless set.
    #[serde(default)]
    follow_redirects: Option<Flag>,
    /// Certificates are always checked; `false` is refused.
    #[serde(default)]
    verify_ssl: Option<Flag>,
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HttpRequestOutput {
    /// The status.
    status_code: u16,
    /// Whether the status is 200 to 299.
    success: bool,
    /// The body: read when it is JSON, else text.
    body: Value,
    /// The headers, names in small letters.
    headers: Map,
    /// How long it took.
    elapsed_ms: u64,
    /// Where the answer came from, after redirects.
    url: String,
}

/// GET, HEAD and OPTIONS read; everything else changes something.
fn effect_of(input: &Value) -> EffectKind {
    let method = input.get("method").map(text_of).unwrap_or_default();
    match method.trim().to_ascii_uppercase().as_str() {
        "" | "GET" | "HEAD" | "OPTIONS" => EffectKind::Read,
        _ => EffectKind::Effect,
    }
}

/// Sends an HTTP request to a public address.
///
/// Requests that change something carry an `Idempotency-Key` that is the same on every attempt.
/// A status of 400 and more gives `success: false`; with a retry policy on the stage, 408, 425,
/// 429 and 5xx are retried and fail the stage in the end.
#[operator(category = "http", own_field = "result", effect = effect_of, timeout_s = 310)]
async fn http_request(
    ctx: StageContext,
    input: HttpRequestInput,
) -> Result<HttpRequestOutput, StageError> {
    let client = match ctx.resources.get::<GuardedClient>() {
        Some(client) => client.as_ref().clone(),
        None => DEFAULT
            .clone()
            .map_err(|e| StageError::new(ErrorCode::HttpFailed, e))?,
    };
    let request = request(&ctx, input)?;
    let start = Instant::now();
    let reply = client.send(request).await?;
    if ctx.max_attempts > 1 && matches!(reply.status, 408 | 425 | 429 | 500..=599) {
        return Err(StageError {
            retry_after_ms: retry_after(&reply.headers),
            ..StageError::retryable(
                ErrorCode::HttpFailed,
                format!("the server answered with status {}", reply.status),
            )
        });
    }
    let elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(output(reply, elapsed_ms))
}

/// For hosts that lend no client of their own: nothing beyond the rules.
static DEFAULT: LazyLock<Result<GuardedClient, String>> =
    LazyLock::new(|| GuardedClient::builder().build());

fn request(ctx: &StageContext, input: HttpRequestInput) -> Result<Request, StageError> {
    let wrong = |text: String| StageError::new(ErrorCode::StageInput, text);
    let method = input
        .method
        .map(|t| t.0.trim().to_ascii_uppercase())
        .unwrap_or_default();
    let method = match method.as_str() {
        "" | "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "HEAD" => Method::HEAD,
        "OPTIONS" => Method::OPTIONS,
        other => {
            return Err(wrong(format!(
                "`method` is `{other}`; it can be GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
            )));
        }
    };
    if input.verify_ssl.is_some_and(|f| !f.0) {
        return Err(wrong(
            "`verify_ssl: false` is not possible: certificates are always checked".into(),
        ));
    }
    let mut url = input.url.0.trim().to_owned();
    if let Some(query) = input.query_params.filter(|q| !q.is_empty()) {
        url = with_query(&url, &query);
    }
    let mut request = Request::new(method, url);
    for (name, value) in input
        .headers
        .iter()
        .flatten()
        .filter(|(_, v)| **v != Value::Null)
    {
        let header = HeaderName::try_from(name.as_ref())
            .map_err(|_| wrong(format!("`headers`: `{name}` cannot be a header's name")))?;
        let value = HeaderValue::from_str(text_of(value).trim()).map_err(|_| {
            wrong(format!(
                "`headers.{name}` holds a line break or another control character"
            ))
        })?;
        request.headers.insert(header, value);
    }
    if !matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS)
        && !request.headers.contains_key("idempotency-key")
    {
        let key = HeaderValue::from_str(&ctx.idempotency_key)
            .map_err(|_| wrong("the idempotency key cannot be a header".into()))?;
        request.headers.insert("idempotency-key", key);
    }
    match input.body {
        Value::Null => {}
        Value::Str(text) => request.body = Some(text.as_bytes().to_vec().into()),
        other => {
            request.body = Some(other.to_json().into_bytes().into());
            request
                .headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
        }
    }
    if let Some(Num(timeout)) = input.timeout {
        // Files in the world have both: 30 is seconds, 30000 milliseconds.
        let seconds = if timeout > 300.0 {
            timeout / 1000.0
        } else {
            timeout
        };
        if !(0.001..=300.0).contains(&seconds) {
            return Err(wrong(format!(
                "`timeout` is {timeout}; it can be up to 300 seconds, or milliseconds up to 300000"
            )));
        }
        request.timeout = Duration::from_secs_f64(seconds);
    }
    request.follow_redirects = input.follow_redirects.is_none_or(|f| f.0);
    Ok(request)
}

/// Adds parameters without touching what stands there.
fn with_query(url: &str, query: &Map) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        match value {
            Value::Null => {}
            Value::List(items) => {
                for item in items.iter() {
                    pairs.append_pair(name, &text_of(item));
                }
            }
            other => drop(pairs.append_pair(name, &text_of(other))),
        }
    }
    let (front, fragment) = url
        .split_once('#')
        .map_or((url, None), |(f, h)| (f, Some(h)));
    let join = if front.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{front}{join}{}{fragment}", pairs.finish())
}

fn output(reply: Reply, elapsed_ms: u64) -> HttpRequestOutput {
    let mut headers = Map::new();
    for (name, value) in &reply.headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(before) => {
                let both = format!("{before}, {text}");
                headers.insert(name.as_str().into(), both.into())
            }
            None => headers.insert(name.as_str().into(), text.as_ref().into()),
        };
    }
    let kind = reply
        .headers
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let text = String::from_utf8_lossy(&reply.body);
    let looks_like_json =
        kind.contains("json") || (kind.is_empty() && text.trim_start().starts_with(['{', '[']));
    let body = match looks_like_json.then(|| Value::parse_json(&text)) {
        Some(Ok(read)) => read,
        _ => text.as_ref().into(),
    };
    HttpRequestOutput {
        status_code: reply.status,
        success: (200..300).contains(&reply.status),
        body,
        headers,
        elapsed_ms,
        url: reply.url.into(),
    }
}
