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

/// A request. [`Request::new`] sets the default limits.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL as the user wrote it.
    pub url: String,
    /// The headers. Those of the connection itself (`Host`, `Content-Length` …) are ignored.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Bytes>,
    /// The timeout of the whole request, with redirects and the response body.
    pub timeout: Duration,
    /// The longest response body after decompression, in bytes.
    pub max_bytes: usize,
    /// Whether redirects are followed, at most 5.
    pub follow_redirects: bool,
}

impl Request {
    /// A request with the default limits: 30 s and 10 MB.
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

    /// A request for a document, with the default limits.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }
}

/// A complete response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The final URL, after redirects.
    pub url: Url,
    /// The body, decompressed.
    pub body: Bytes,
}

/// A response whose body is still arriving.
pub struct Incoming {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The final URL, after redirects.
    pub url: Url,
    pub(super) response: reqwest::Response,
    pub(super) body: Decompressor,
    /// The first bytes of a compressed body, for errors.
    pub(super) begin: Vec<u8>,
    /// Whether the body has ended.
    pub(super) over: bool,
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
    pub(super) max_bytes: usize,
    pub(super) read: usize,
    /// The part of the body that the run's memory was charged for, in bytes.
    pub(super) charged: usize,
}

/// The size of each charge to the run's memory, in bytes; as much is read before the first charge.
const CHARGE: usize = 256 * 1024;

impl Incoming {
    /// The next piece of the body, decompressed; `None` at the end.
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
                // Twice the step: for the bytes, and for the value that they are converted to.
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

    /// Reads the rest of the body.
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

    /// The body as a stream, which ends after its first error.
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

/// How many bytes of a compressed body are kept for errors, which quote its start.
const SHOWN: usize = 256;

pub(super) fn unreadable(fault: Fault, begin: &[u8], max_bytes: usize) -> HttpError {
    match fault {
        Fault::TooLarge => HttpError::TooLarge(max_bytes),
        Fault::Unknown(name) => HttpError::Encoding(format!(
            "The response's Content-Encoding `{name}` is not supported; it must be gzip, deflate, \
             br or zstd. Request one of them with the header Accept-Encoding"
        )),
        Fault::Damaged(name) => HttpError::Encoding(format!(
            "The response body is declared as `{name}` (Content-Encoding) but cannot be \
             decompressed; it begins: {}",
            start_of(begin)
        )),
        Fault::Cut(name) => HttpError::Encoding(format!(
            "The response body, compressed as `{name}`, is incomplete"
        )),
    }
}

pub(super) fn timed_out(after: Duration) -> HttpError {
    HttpError::Timeout(format!("{}", after.as_secs_f64()))
}
