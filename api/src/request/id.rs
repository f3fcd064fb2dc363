//! The id of a request: the caller's, if it is safe to use, or a generated one. It is in the log
//! lines, in each error and in a response header.

use actix_web::{HttpMessage, HttpRequest, http::header::HeaderMap};
use types::Clock;

/// The name of the header, in requests and responses.
pub const HEADER: &str = "x-request-id";

/// A request's id.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    /// The caller's id if it has 8 to 64 letters, digits, `-` or `_`; otherwise a new one.
    pub fn of(headers: &HeaderMap, clock: &Clock) -> Self {
        let given = headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| {
                (8..=64).contains(&text.len())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            });
        Self(given.map_or_else(|| clock.new_uuid().simple().to_string(), str::to_owned))
    }

    /// The id that the outer layer assigned to this request.
    pub fn get(request: &HttpRequest) -> String {
        request
            .extensions()
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }
}
