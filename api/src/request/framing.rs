//! Closes a connection after a request with a chunked body, as a protection against request
//! smuggling.
//!
//! Servers and proxies often disagree about where a chunked body ends (a bare line feed after the
//! last chunk, trailers). One of them can then read as a request what the other reads as the rest
//! of a body: [RFC 9112, section 11.2](https://www.rfc-editor.org/rfc/rfc9112#section-11.2). The
//! HTTP parser used here is lenient about such endings. Therefore the connection ends with the
//! response, and any further request on it is refused without being read.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{self, HeaderMap};

/// The state of one connection: whether its last request has arrived.
#[derive(Debug, Default)]
pub struct Framing {
    ended: AtomicBool,
}

/// How a request on a connection is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is served, and others may follow.
    Freely,
    /// It is served, and the connection ends with its answer.
    Last,
    /// It arrived after the last one and is refused.
    TooLate,
}

impl Framing {
    /// Decides how the next request on this connection is handled.
    pub fn next(&self, headers: &HeaderMap) -> Follows {
        let last = headers.contains_key(header::TRANSFER_ENCODING);
        if self.ended.fetch_or(last, Ordering::Relaxed) {
            Follows::TooLate
        } else if last {
            Follows::Last
        } else {
            Follows::Freely
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_chunked_body() {
        let plain = HeaderMap::new();
        let mut chunked = HeaderMap::new();
        chunked.insert(
            header::TRANSFER_ENCODING,
            header::HeaderValue::from_static("chunked"),
        );
        let connection = Framing::default();
        let follows =
            [&plain, &plain, &chunked, &plain, &chunked].map(|headers| connection.next(headers));
        use Follows::{Freely, Last, TooLate};
        assert_eq!(follows, [Freely, Freely, Last, TooLate, TooLate]);
    }
}
