//! `http_request`: sends one request through the guarded client.
//!
//! A status of 400 or more does not fail the stage: `success` is false and the pipeline decides.
//! Only if the stage has a retry policy does a temporary status (408, 425, 429, 5xx) fail the
//! attempt, so that it is retried.

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

/// The input of `http_request`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HttpRequestInput {
    /// The URL, starting with `http://` or `https://`.
    url: Text,
    /// The method: GET (the default), POST, PUT, PATCH, DELETE, HEAD or OPTIONS.
    #[serde(default)]
    #[schemars(extend(
        "enum" = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", null],
        "x-any-case" = true
    ))]
    method: Option<Text>,
    /// The request headers: an object with their names and values.
    #[serde(default)]
    headers: Option<Map>,
    /// The request body. Text is sent unchanged. Other values are sent in the format of the header
    /// `Content-Type`: JSON (the default), a form, multipart/form-data (a file is
    /// `{"filename": …, "content": …}`, or has `base64` in place of `content`) or text. Use
    /// `{"base64": …}` for binary data.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["json", "data"]))]
    body: Value,
    /// Query parameters to add to the URL: an object with their names and values.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["params", "query"]))]
    query_params: Option<Map>,
    /// The timeout: a number up to 300 is in seconds, a larger one in milliseconds. 30 seconds by
    /// default.
    #[serde(default)]
    timeout: Option<Num>,
    /// Whether up to 5 redirects are followed; true by default.
    #[serde(default)]
    follow_redirects: Option<Flag>,
    /// Certificates are always verified; `false` is an error.
    #[serde(default)]
    verify_ssl: Option<Flag>,
}

/// The output of `http_request`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HttpRequestOutput {
    /// The HTTP status code.
    status_code: u16,
    /// Whether the status is 200 to 299.
    success: bool,
    /// The response body: a value if it is JSON, otherwise text, or base64 if it is binary.
    body: Value,
    /// The form of `body`: `json`, `text`, `base64` or `empty`.
    body_form: &'static str,
    /// The media type in lower case, without parameters; empty if the server sent none.
    content_type: String,
    /// The character set that the text was decoded from; null for other bodies.
    charset: Option<String>,
    /// Why a body that is declared as JSON could not be parsed; null if there was no error. With a
    /// status of 200 to 299, the stage fails instead.
    body_error: Option<String>,
    /// Warnings about data that was lost or ignored when the body was decoded.
    warnings: Vec<String>,
    /// The response headers, with names in lower case. A repeated header is a list.
    headers: Map,
    /// The duration of the request in milliseconds.
    elapsed_ms: u64,
    /// The final URL, after redirects.
    url: String,
}

/// GET, HEAD and OPTIONS only read; other methods may change something.
fn effect_of(input: &Value) -> EffectKind {
    let method = input.get("method").map(text_of).unwrap_or_default();
    match method.trim().to_ascii_uppercase().as_str() {
        "" | "GET" | "HEAD" | "OPTIONS" => EffectKind::Read,
        _ => EffectKind::Effect,
    }
}

/// Sends an HTTP request to a public address.
///
/// Requests other than GET, HEAD and OPTIONS have an `Idempotency-Key` header that is the same on
/// every attempt. A status of 400 or more sets `success` to false. If the stage has a retry policy,
/// 408, 425, 429 and 5xx are retried, and the stage fails after the last attempt.
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
                    true => format!("The server returned status {}", reply.status),
                    false => format!(
                        "The server returned status {}; the body begins: {}",
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
        // A successful response with an invalid body fails the stage now: its text in place of a
        // value would fail a later stage, or be mistaken for data.
        Some(why) if output.success => Err(StageError::new(ErrorCode::HttpFailed, why.clone())),
        Some(why) => {
            ctx.log("warning", why.clone(), None);
            Ok(output)
        }
        None => Ok(output),
    }
}

/// The client for hosts that do not provide one: the default rules, without exceptions.
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
                "`method` is `{other}`; it must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS"
            )));
        }
    };
    if input.verify_ssl.is_some_and(|f| !f.0) {
        return Err(wrong(
            "`verify_ssl: false` is not supported: certificates are always verified".into(),
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
            .map_err(|_| wrong(format!("`headers`: `{name}` is not a valid header name")))?;
        let value = HeaderValue::from_str(text_of(value).trim()).map_err(|_| {
            wrong(format!(
                "`headers.{name}` contains a line break or another control character"
            ))
        })?;
        request.headers.insert(header, value);
    }
    if !matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS)
        && !request.headers.contains_key("idempotency-key")
    {
        let key = HeaderValue::from_str(&ctx.idempotency_key())
            .map_err(|_| wrong("The idempotency key is not a valid header value".into()))?;
        request.headers.insert("idempotency-key", key);
    }
    let given = request.headers.get(CONTENT_TYPE).cloned();
    let given = given.as_ref().and_then(|v| v.to_str().ok()).unwrap_or("");
    let written = http::write(&MediaType::parse(given), given, input.body).map_err(wrong)?;
    request.body = written.bytes;
    if let Some(kind) = written.content_type {
        let kind = HeaderValue::from_str(&kind).map_err(|_| {
            wrong(format!(
                "`headers.Content-Type` is `{kind}`, which is not valid"
            ))
        })?;
        request.headers.insert(CONTENT_TYPE, kind);
    }
    if let Some(Num(timeout)) = input.timeout {
        // Existing pipelines use both units: 30 is seconds, 30000 milliseconds.
        let seconds = if timeout > 300.0 {
            timeout / 1000.0
        } else {
            timeout
        };
        if !(0.001..=300.0).contains(&seconds) {
            return Err(wrong(format!(
                "`timeout` is {timeout}; it can be up to 300 seconds, or up to 300000 milliseconds"
            )));
        }
        request.timeout = Duration::from_secs_f64(seconds);
    }
    request.follow_redirects = input.follow_redirects.is_none_or(|f| f.0);
    Ok(request)
}

/// Adds query parameters to a URL without changing the rest of it.
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

/// The headers by name: a text, or a list of texts for a repeated header.
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

/// Decodes a header value as UTF-8, or as Latin-1 if it is not valid UTF-8, so that no byte is
/// lost.
fn header_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
