//! `http_request`: one request through the guarded client.
//!
//! A status of 400 and more is an answer, not a failure: `success` is false and the pipeline
//! decides. Only when the stage has a retry policy, a status that may pass (408, 425, 429, 5xx)
//! fails the attempt, so that the policy works.

mod literals;

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
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    http::{self, GuardedClient, MediaType, Reply, Request, retry_after, start_of},
    lenient::{Flag, Num, Text, text_of},
};

/// The request.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HttpRequestInput {
    /// The URL, with `http://` or `https://`.
    url: Text,
    /// `GET` by default; also POST, PUT, PATCH, DELETE, HEAD, OPTIONS.
    #[serde(default)]
    #[schemars(extend(
        "enum" = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", null],
        "x-any-case" = true
    ))]
    method: Option<Text>,
    /// Headers: name → text.
    #[serde(default)]
    headers: Option<Map>,
    /// The body. Text is sent as it is. Anything else is sent in the format that the header
    /// `Content-Type` names: JSON (also without the header), a form, multipart/form-data (a file
    /// is `{"filename": …, "content": …}` or has `base64`), text; bytes are `{"base64": …}`.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["json", "data"]))]
    body: Value,
    /// Query parameters.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["params", "query"]))]
    query_params: Option<Map>,
    /// Up to 300: seconds. Above: milliseconds. 30 seconds by default.
    #[serde(default)]
    timeout: Option<Num>,
    /// Whether redirects are followed, at most 5; true by default.
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
    /// The body: a value when it is JSON, text, or base64 when it is neither.
    body: Value,
    /// What `body` is: `json`, `text`, `base64` or `empty`.
    body_form: &'static str,
    /// The media type in lower case, without parameters; empty when the server names none.
    content_type: String,
    /// The character set that the text was read in.
    charset: Option<String>,
    /// Why the body is not what it is declared to be; `null` when all is well. An answer of 200 to
    /// 299 whose declared JSON cannot be read fails the stage instead.
    body_error: Option<String>,
    /// What was lost or ignored when the body was read.
    warnings: Vec<String>,
    /// The headers, with names in lower case. A header that came several times is a list.
    headers: Map,
    /// How long it took.
    elapsed_ms: u64,
    /// The final URL, after redirects.
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
#[operator(category = "http", own_field = "result", effect = effect_of, timeout_s = 310, literals = literals::literals)]
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
    let media = MediaType::of(&reply.headers);
    if ctx.max_attempts > 1 && matches!(reply.status, 408 | 425 | 429 | 500..=599) {
        return Err(StageError {
            retry_after_ms: retry_after(&reply.headers),
            ..StageError::retryable(
                ErrorCode::HttpFailed,
                match reply.body.is_empty() {
                    true => format!("The server answered with status {}", reply.status),
                    false => format!(
                        "The server answered with status {}; the body begins: {}",
                        reply.status,
                        start_of(http::read(&media, &reply.body).value.to_text().as_bytes())
                    ),
                },
            )
        });
    }
    let elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let output = output(reply, &media, elapsed_ms);
    for warning in &output.warnings {
        ctx.log("warning", warning.clone(), None);
    }
    match &output.body_error {
        // What was asked for has come, and it is not what it says: a text in place of a value
        // would only fail later, or be taken for data.
        Some(why) if output.success => Err(StageError::new(ErrorCode::HttpFailed, why.clone())),
        Some(why) => {
            ctx.log("warning", why.clone(), None);
            Ok(output)
        }
        None => Ok(output),
    }
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
                "`method` is `{other}`; it must be GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
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
        let key = HeaderValue::from_str(&ctx.idempotency_key())
            .map_err(|_| wrong("The idempotency key cannot be a header".into()))?;
        request.headers.insert("idempotency-key", key);
    }
    let given = request.headers.get(CONTENT_TYPE).cloned();
    let given = given.as_ref().and_then(|v| v.to_str().ok()).unwrap_or("");
    let written = http::write(&MediaType::parse(given), given, input.body).map_err(wrong)?;
    request.body = written.bytes;
    if let Some(kind) = written.content_type {
        let kind = HeaderValue::from_str(&kind)
            .map_err(|_| wrong(format!("`headers.Content-Type` cannot be `{kind}`")))?;
        request.headers.insert(CONTENT_TYPE, kind);
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

fn output(reply: Reply, media: &MediaType, elapsed_ms: u64) -> HttpRequestOutput {
    let reading = http::read(media, &reply.body);
    HttpRequestOutput {
        status_code: reply.status,
        success: (200..300).contains(&reply.status),
        body: reading.value,
        body_form: reading.form.name(),
        content_type: media.essence.clone(),
        charset: reading.charset,
        body_error: reading.json_error,
        warnings: reading.warnings,
        headers: headers(&reply.headers),
        elapsed_ms,
        url: reply.url.into(),
    }
}

/// Headers by name: a text, or a list of texts where a header came several times.
fn headers(headers: &HeaderMap) -> Map {
    headers
        .keys()
        .map(|name| {
            let mut values: Vec<Value> = headers
                .get_all(name)
                .iter()
                .map(|v| header_text(v.as_bytes()).into())
                .collect();
            let value = match values.len() {
                1 => values.swap_remove(0),
                _ => values.into(),
            };
            (name.as_str().into(), value)
        })
        .collect()
}

/// A header's bytes as UTF-8, or as Latin 1 when they are not: no byte is lost.
fn header_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
