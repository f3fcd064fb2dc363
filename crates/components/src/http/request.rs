//! Requests and responses.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use engine::limits;
use futures::{Stream, stream};
use reqwest::{Method, header::HeaderMap};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{
    HttpError,
    body::{Decompressor, Fault, start_of},
};

/// A request. Limits have defaults; set what differs.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL as somebody typed it.
    pub url: String,
    /// Headers. Those of the connection itself (`Host`, `Content-Length` …) are ignored.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
    /// For everything together: redirects, and the body unless it is streamed.
    pub timeout: Duration,
    /// The longest body, after decompression.
    pub max_bytes: usize,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
}

impl Request {
    /// A request with the usual limits: 30 s, 10 MB.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: None,
            timeout: Duration::from_secs(30),
            max_bytes: 10 * 1024 * 1024,
            follow_redirects: true,
        }
    }
}

/// An answer as a whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// The body, decompressed.
    pub body: Bytes,
}

/// An answer whose body is still coming.
pub struct Incoming {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// Where the answer comes from, after redirects.
    pub url: Url,
    pub(super) response: reqwest::Response,
    pub(super) body: Decompressor,
    /// The first bytes as they came, for errors.
    pub(super) begin: Vec<u8>,
    /// Whether the body has come to its end.
    pub(super) over: bool,
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
    pub(super) max_bytes: usize,
    pub(super) read: usize,
    /// What the run was charged for, in bytes.
    pub(super) charged: usize,
}

/// What is read before the run is charged for it, and the steps of the charge, in bytes.
const CHARGE: usize = 256 * 1024;

impl Incoming {
    /// The next piece of the body, decompressed; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            if self.over {
                return Ok(None);
            }
            let next = timeout_at(self.deadline, self.response.chunk())
                .await
                .map_err(|_| timed_out(self.timeout))?
                .map_err(|_| HttpError::Broken)?;
            self.over = next.is_none();
            let piece = match next {
                next if self.body.is_plain() => next.unwrap_or_default(),
                Some(piece) => {
                    let room = SHOWN.saturating_sub(self.begin.len());
                    self.begin.extend(piece.iter().take(room));
                    let unpacked = self.body.push(&piece);
                    unpacked.map_err(|fault| self.unreadable(fault))?.into()
                }
                None => {
                    let rest = self.body.finish();
                    rest.map_err(|fault| self.unreadable(fault))?.into()
                }
            };
            self.read += piece.len();
            if self.read > self.max_bytes {
                return Err(HttpError::TooLarge(self.max_bytes));
            }
            if self.read > self.charged + CHARGE {
                // The bytes and the value that is made of them.
                let step = self.read.next_multiple_of(CHARGE) - self.charged;
                limits::charge(2 * step)
                    .await
                    .map_err(|full| HttpError::NoRoom(full.to_string()))?;
                self.charged += step;
            }
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }

    fn unreadable(&self, fault: Fault) -> HttpError {
        unreadable(fault, &self.begin, self.max_bytes)
    }

    /// The rest of the body.
    pub async fn whole(mut self) -> Result<Reply, HttpError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: self.status,
            headers: self.headers,
            url: self.url,
            body: body.freeze(),
        })
    }

    /// The body as a stream that ends with its first error.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, HttpError>> + Send {
        stream::unfold(Some(self), |state| async move {
            let mut incoming = state?;
            match incoming.chunk().await {
                Ok(None) => None,
                Ok(Some(bytes)) => Some((Ok(bytes), Some(incoming))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming")
            .field("status", &self.status)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// How much of a compressed body is kept for an error that quotes its start, in bytes.
const SHOWN: usize = 256;

pub(super) fn unreadable(fault: Fault, begin: &[u8], max_bytes: usize) -> HttpError {
    match fault {
        Fault::TooLarge => HttpError::TooLarge(max_bytes),
        Fault::Unknown(name) => HttpError::Encoding(format!(
            "The answer's Content-Encoding `{name}` is not known; it can be gzip, deflate, br or \
             zstd. Ask for one of them with the header Accept-Encoding"
        )),
        Fault::Damaged(name) => HttpError::Encoding(format!(
            "The answer's body is declared as `{name}` (Content-Encoding) but cannot be \
             decompressed; it begins: {}",
            start_of(begin)
        )),
        Fault::Cut(name) => HttpError::Encoding(format!(
            "The answer's body, compressed as `{name}`, ends in the middle"
        )),
    }
}

pub(super) fn timed_out(after: Duration) -> HttpError {
    HttpError::Timeout(format!("{}", after.as_secs_f64()))
}
