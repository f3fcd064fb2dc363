//! The id of a request: taken from the caller when it is harmless, else made here; in the log
//! line, in each error and in the answer's header.

use actix_web::{HttpMessage, HttpRequest, http::header::HeaderMap};
use types::Clock;

/// The header's name, both ways.
pub const HEADER: &str = "x-request-id";

/// A request's id.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    /// The caller's id when it is short and plain, else a new one.
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

    /// The id that the outer layer gave to this request.
    pub fn get(request: &HttpRequest) -> String {
        request
            .extensions()
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }
}
