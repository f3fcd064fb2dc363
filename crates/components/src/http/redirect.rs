//! Builds the next request after a redirect.

use reqwest::{
    Method, StatusCode,
    header::{
        ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap,
        LOCATION, USER_AGENT,
    },
};
use url::Url;

use super::{HttpError, UrlRefusal, request::Request};

/// The most redirects that are followed.
pub(super) const MAX_REDIRECTS: usize = 5;

/// The target of a redirect; `None` if the response is not a redirect.
pub(super) fn target(
    status: StatusCode,
    headers: &HeaderMap,
    from: &Url,
) -> Result<Option<Url>, HttpError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(LOCATION) else {
        return Ok(None);
    };
    let location = in_ascii(location.as_bytes());
    if location.contains('\\') {
        return Err(UrlRefusal::of_text(&location).into());
    }
    let to = from.join(&location).map_err(|_| {
        HttpError::Invalid(format!(
            "The server redirects to `{}`, which is not a URL",
            location.chars().take(200).collect::<String>()
        ))
    })?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(HttpError::Downgrade);
    }
    Ok(Some(to))
}

/// Percent-encodes non-ASCII bytes of a URL one by one, whatever character set the server used.
fn in_ascii(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte.is_ascii() {
            true => text.push(char::from(*byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Changes a request for its next hop. Secrets are only sent to the origin that they were meant
/// for.
pub(super) fn follow(request: &mut Request, status: StatusCode, from: &Url, to: &Url) {
    let becomes_get = match status.as_u16() {
        303 => request.method != Method::HEAD,
        301 | 302 => request.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = None;
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
            request.headers.remove(name);
        }
    }
    if from.origin() != to.origin() {
        // Any header may contain a key, so only headers that never do are kept.
        let kept = [
            ACCEPT,
            ACCEPT_LANGUAGE,
            CONTENT_TYPE,
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            USER_AGENT,
        ];
        let mut headers = HeaderMap::new();
        for name in kept {
            for value in request.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        if let Some(key) = request.headers.get("idempotency-key") {
            headers.insert("idempotency-key", key.clone());
        }
        request.headers = headers;
    }
}
