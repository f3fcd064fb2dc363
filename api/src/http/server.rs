//! The HTTP server: it listens, serves the routes and shuts down gracefully.

use std::{
    any::Any,
    io,
    net::{IpAddr, Shutdown, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev, middleware::from_fn, web};
use tokio_util::sync::CancellationToken;

use super::{outer::outer, routes};
use crate::{
    limits,
    request::{Framing, Share, Shares, TrustedProxies, bucket},
    state::{ApiConfig, State},
};

/// How long open requests may continue after a stop was requested.
const DRAIN: Duration = Duration::from_secs(10);

/// A connection whose client reads nothing is closed properly after `unread`, and cut after this
/// many times as long.
const CUT_AFTER_FACTOR: u32 = 3;

/// Makes the kernel close a connection whose peer reads nothing for that long. A close frame would
/// not reach the peer, and unsent data would be kept without a time limit.
#[cfg(target_os = "linux")]
fn end_when_unread(socket: &dyn Any, after: Duration) {
    let Some(socket) = socket.downcast_ref::<tokio::net::TcpStream>() else {
        return;
    };
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_user_timeout(Some(after)) {
        tracing::debug!(%error, "the time limit of a connection could not be set");
    }
}

#[cfg(not(target_os = "linux"))]
fn end_when_unread(_: &dyn Any, _: Duration) {}

/// The address has the maximum number of connections.
struct TooMany;

/// Counts a connection for its address. `None` for a trusted proxy, which may have any number.
fn place(
    socket: &dyn Any,
    proxies: &TrustedProxies,
    connections: &Arc<Shares<IpAddr>>,
) -> Result<Option<Share<IpAddr>>, TooMany> {
    let Some(peer) = socket
        .downcast_ref::<tokio::net::TcpStream>()
        .and_then(|socket| socket.peer_addr().ok())
    else {
        return Ok(None);
    };
    let address = peer.ip().to_canonical();
    if proxies.contains(address) {
        return Ok(None);
    }
    connections
        .take(bucket(address), 1)
        .map(Some)
        .ok_or(TooMany)
}

/// Ends a connection before anything is read from it.
fn refuse(socket: &dyn Any) {
    if let Some(socket) = socket.downcast_ref::<tokio::net::TcpStream>() {
        tracing::debug!("an address has too many connections; one more is refused");
        let _ = socket2::SockRef::from(socket).shutdown(Shutdown::Both);
    }
}

/// A server that is not running yet.
pub struct Server {
    inner: dev::Server,
    closing: CancellationToken,
}

/// Stops a running server.
#[derive(Clone)]
pub struct ServerHandle {
    inner: dev::ServerHandle,
    closing: CancellationToken,
}

impl Server {
    /// Prepares a server on a listener, with `workers` threads.
    pub fn new(listener: TcpListener, config: ApiConfig, workers: usize) -> io::Result<Self> {
        let state = web::Data::new(State::new(config));
        let closing = state.closing.clone();
        let unread = state.unread;
        let connections = Shares::new(limits::CONNECTIONS);
        let proxies = state.trusted_proxies.clone();
        let inner = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(limits::BODY))
                .app_data(web::JsonConfig::default().limit(64 * 1024))
                .app_data(state.clone())
                .wrap(from_fn(outer))
                .configure(|config| routes(config, &state))
        })
        .on_connect(move |socket, data| {
            end_when_unread(socket, CUT_AFTER_FACTOR * unread);
            data.insert(Framing::default());
            match place(socket, &proxies, &connections) {
                // Held as long as the connection lives.
                Ok(place) => drop(data.insert(place)),
                Err(TooMany) => refuse(socket),
            }
        })
        .workers(workers.max(1))
        .shutdown_timeout(DRAIN.as_secs())
        .disable_signals()
        // Live messages are small and must not wait for the acknowledgement of the previous one.
        .tcp_nodelay(true)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?
        .run();
        Ok(Self { inner, closing })
    }

    /// The handle that stops it.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle {
            inner: self.inner.handle(),
            closing: self.closing.clone(),
        }
    }

    /// Runs until it is stopped.
    pub async fn run(self) -> io::Result<()> {
        self.inner.await
    }
}

impl ServerHandle {
    /// Makes `/readyz` fail and ends streams. Other requests continue.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Stops immediately: open connections are cut.
    pub async fn kill(&self) {
        self.close();
        self.inner.stop(false).await;
    }

    /// Stops gracefully: no new connections, and open requests may finish.
    pub async fn stop(&self) {
        self.close();
        self.inner.stop(true).await;
    }
}
