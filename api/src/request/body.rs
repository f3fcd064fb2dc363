//! Reads request bodies within the route's limits of size and time, and the sender's share of
//! memory.
//!
//! A body that arrives slowly uses up the sender's limits and almost nothing of the server:
//! received bytes are counted per address and for the whole process, and are dropped at the
//! deadline.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::{StatusCode, header},
    web::{Bytes, BytesMut, Payload},
};
use domain::triggers::events;
use engine::limits::{Gate, Permit};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};
use types::{ErrorCode, OrgId};

use super::{Share, Shares, TrustedProxies, bucket};
use crate::{error::ApiError, limits};

/// The kind of a body, which determines its maximum size and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// GraphQL, from a signed-in caller.
    Operations,
    /// GraphQL, without a valid credential.
    Anonymous,
    /// Signing in and out.
    SignIn,
    /// A form that an identity provider lets the browser post (SAML).
    Saml,
    /// What is delivered to a webhook, with the largest size that it accepts.
    Webhook(usize),
    /// Events, from a caller with a credential.
    Events,
}

impl Route {
    /// The maximum number of bytes, and the maximum time from the start of reading to the last
    /// byte.
    const fn limits(self) -> (usize, Duration) {
        match self {
            Route::Operations => (limits::BODY, Duration::from_secs(30)),
            Route::Anonymous | Route::SignIn => (limits::ANONYMOUS_BODY, Duration::from_secs(10)),
            Route::Saml => (limits::SAML_BODY, Duration::from_secs(10)),
            Route::Webhook(limit) => (limit, Duration::from_secs(10)),
            Route::Events => (events::MAX_BODY, Duration::from_secs(10)),
        }
    }
}

/// The bodies that are being read, with their limits.
pub struct Bodies {
    count: Arc<Shares<IpAddr>>,
    bytes: Arc<Shares<IpAddr>>,
    /// Bytes of all addresses beyond the first [`limits::ANONYMOUS_BODY`] of each body, so that
    /// large bodies do not block small requests. There is one holder, `()`.
    all: Arc<Shares<()>>,
    /// Files that are being uploaded, per address.
    files: Arc<Shares<IpAddr>>,
    /// Files that are being uploaded from all addresses. One organization cannot take all of them.
    all_files: Gate,
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            count: Shares::new(limits::BODIES),
            bytes: Shares::new(limits::BODY_BYTES),
            all: Shares::new(limits::ALL_BODY_BYTES),
            files: Shares::new(limits::UPLOADS),
            all_files: Gate::leaving_room(limits::ALL_UPLOADS),
        }
    }
}

/// The permit to receive a file, held until it is dropped.
pub struct UploadPermit {
    _count: Share<IpAddr>,
    _own: Share<IpAddr>,
    _all: Permit,
}

impl Bodies {
    /// Acquires the permit to receive a file for an organization. The file is stored as it arrives.
    pub fn place(
        &self,
        proxies: &TrustedProxies,
        request: &HttpRequest,
        org: OrgId,
    ) -> Result<UploadPermit, ApiError> {
        let address = address(proxies, request);
        let all = self.all_files.try_acquire(org.0.as_u128());
        Ok(UploadPermit {
            _count: self.count.take(address, 1).ok_or_else(busy)?,
            _own: self.files.take(address, 1).ok_or_else(busy)?,
            _all: all.ok_or_else(full)?,
        })
    }
}

/// The network of the sender (see [`bucket`]). Requests without an address, as in tests, share one.
fn address(proxies: &TrustedProxies, request: &HttpRequest) -> IpAddr {
    let none = IpAddr::from([0, 0, 0, 0]);
    proxies.client(request).map_or(none, bucket)
}

fn busy() -> ApiError {
    ApiError::new(
        ErrorCode::RateLimited,
        "Too many requests from this address are being sent at once; wait for some of them to finish",
    )
}

fn full() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "The server is busy with large requests; try again in a moment",
    )
}

/// The error of a body that ended early, or whose chunks are malformed.
pub fn broken_off() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidInput,
        "The body ended early, or its chunks are malformed; send the request again on a new \
         connection, with the body's length in `Content-Length`",
    )
    .with_status(StatusCode::BAD_REQUEST)
}

/// Reads a whole body into memory.
pub async fn read(
    bodies: &Bodies,
    proxies: &TrustedProxies,
    request: &HttpRequest,
    mut payload: Payload,
    route: Route,
) -> Result<Bytes, ApiError> {
    let (limit, patience) = route.limits();
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > limit) {
        return Err(too_large(limit));
    }
    let address = address(proxies, request);
    let _place = bodies.count.take(address, 1).ok_or_else(busy)?;
    let mut own = bodies.bytes.take(address, 0).ok_or_else(busy)?;
    let mut all = bodies.all.take((), 0).ok_or_else(full)?;
    let deadline = Instant::now() + patience;
    let mut body = BytesMut::new();
    loop {
        let chunk = match timeout_at(deadline, payload.next()).await {
            Err(_) => {
                return Err(ApiError::new(
                    ErrorCode::Timeout,
                    format!(
                        "The body did not arrive within {} seconds",
                        patience.as_secs()
                    ),
                )
                .with_status(StatusCode::REQUEST_TIMEOUT));
            }
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(PayloadError::Overflow))) => return Err(too_large(limit)),
            Ok(Some(Err(_))) => {
                return Err(broken_off());
            }
        };
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        if !own.more(chunk.len()) {
            return Err(busy());
        }
        let free = limits::ANONYMOUS_BODY.saturating_sub(body.len());
        if !all.more(chunk.len().saturating_sub(free)) {
            return Err(full());
        }
        body.extend_from_slice(&chunk);
    }
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceeded,
        format!("The body is larger than {limit} bytes"),
    )
    .with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::{FromRequest, test::TestRequest};
    use uuid::Uuid;

    use super::*;

    async fn sent(bodies: &Bodies, bytes: usize) -> Result<Bytes, ApiError> {
        let (request, mut payload) = TestRequest::post()
            .set_payload(vec![b'x'; bytes])
            .to_http_parts();
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        let proxies = TrustedProxies::default();
        read(bodies, &proxies, &request, payload, Route::Operations).await
    }

    fn file(bodies: &Bodies, address: u8, org: u128) -> Result<UploadPermit, ApiError> {
        let peer = SocketAddr::from(([192, 0, 2, address], 5_000));
        let request = TestRequest::post().peer_addr(peer).to_http_request();
        let org = OrgId(Uuid::from_u128(org));
        bodies.place(&TrustedProxies::default(), &request, org)
    }

    #[actix_web::test]
    async fn a_small_body_is_read_whatever_large_ones_hold() {
        let bodies = Bodies::default();
        let _held = bodies.all.take((), limits::ALL_BODY_BYTES).unwrap();
        assert!(sent(&bodies, limits::ANONYMOUS_BODY).await.is_ok());
        let refused = sent(&bodies, limits::ANONYMOUS_BODY + 1).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Unavailable);
    }

    #[actix_web::test]
    async fn files_leave_room_for_other_bodies_for_other_addresses_and_for_other_organizations() {
        let bodies = Bodies::default();
        let mut held = Vec::new();
        // One organization, from any number of addresses.
        for address in 0..8 {
            while let Ok(place) = file(&bodies, address, 1) {
                held.push(place);
            }
        }
        assert_eq!(held.len(), limits::ALL_UPLOADS / 2);
        let one_more = file(&bodies, 9, 1).err().map(|error| error.code);
        assert_eq!(one_more, Some(ErrorCode::Unavailable));
        assert!(file(&bodies, 9, 2).is_ok());
        assert!(sent(&bodies, limits::BODY).await.is_ok());
        drop(held);
        // One address, with files for any organization.
        let held: Vec<_> = (0..100)
            .map_while(|org| file(&bodies, 1, org).ok())
            .collect();
        assert_eq!(held.len(), limits::UPLOADS);
        assert!(file(&bodies, 2, 200).is_ok());
    }
}
