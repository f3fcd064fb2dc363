//! How requests follow each other on a connection: after a chunked body none does.
//!
//! Where a chunked body ends is what servers and proxies disagree about most (a bare line feed after
//! the last chunk, trailers), and what one of them takes for the rest of a body the other takes for a
//! request: [RFC 9112, section 11.2](https://www.rfc-editor.org/rfc/rfc9112#section-11.2). The parser
//! below us reads such endings generously, so nothing that follows one is believed: the connection
//! ends with the answer, and what came behind it is refused unread.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{self, HeaderMap};

/// Of one connection: whether its last request has come.
#[derive(Debug, Default)]
pub struct Framing {
    ended: AtomicBool,
}

/// What is to be done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is served, and others may follow.
    Freely,
    /// It is served, and the connection ends with its answer.
    Last,
    /// It came behind the last one and is refused.
    TooLate,
}

impl Framing {
    /// Decides about the next request on this connection.
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
