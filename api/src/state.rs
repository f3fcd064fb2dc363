//! The configuration of the API, and the state that all request handlers share.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use actix_web::HttpRequest;
use domain::{App, identity::Source};
use engine::limits::Gate;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    auth::Origins,
    graphql::{self, CostEstimator, ResponseBytes, Schema},
    limits,
    request::{Bodies, Shares, TrustedProxies},
};

/// Checks whether this process is ready to work; the error says what is missing.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The configuration of the API. Its creator has validated it.
pub struct ApiConfig {
    /// The application.
    pub app: App,
    /// The origins at which this server is reached.
    pub origins: Origins,
    /// Whether the public URL is https (`FLOWMASON_PUBLIC_URL`).
    pub https: bool,
    /// The proxies in front of this server.
    pub trusted_proxies: TrustedProxies,
    /// Whether `GET /graphql` serves the GraphQL explorer. For development only.
    pub dev: bool,
    /// Serve the dashboard from this folder instead of the embedded files.
    pub dashboard_dir: Option<PathBuf>,
    /// Whether only the health checks are served, for a process with workers and no API.
    pub health_only: bool,
    /// How long a client may leave a response unread: `limits::SEND_TIMEOUT`, except in tests.
    pub unread: Duration,
    /// The check behind `/readyz`.
    pub ready: Readiness,
}

/// The shared state.
pub struct State {
    /// The application.
    pub app: App,
    /// The executable schema.
    pub schema: Schema,
    /// Computes the cost of operations.
    pub scale: CostEstimator,
    /// The bytes of all responses that are being built or sent.
    pub answers: Arc<ResponseBytes>,
    /// The origins at which this server is reached.
    pub origins: Origins,
    /// Whether the public URL is https.
    pub https: bool,
    /// The proxies in front of this server.
    pub trusted_proxies: TrustedProxies,
    /// Whether the GraphQL explorer is served.
    pub dev: bool,
    /// The folder of the dashboard, if the embedded files are not used.
    pub dashboard_dir: Option<PathBuf>,
    /// Whether only the health checks are served.
    pub health_only: bool,
    /// How long a client may leave a response unread.
    pub unread: Duration,
    /// Open WebSockets per address.
    pub sockets: Arc<Shares<IpAddr>>,
    /// Open WebSockets per person or API key.
    pub callers: Arc<Shares<Uuid>>,
    /// Open streams per person or API key.
    pub streams: Arc<Shares<Uuid>>,
    /// Bodies that are being read.
    pub bodies: Bodies,
    /// Values that are held in memory as text while they are downloaded. One organization cannot
    /// take all permits.
    pub texts: Gate,
    /// The check behind `/readyz`.
    pub ready: Readiness,
    /// Cancelled when the server begins to stop: streams end and `/readyz` fails.
    pub closing: CancellationToken,
}

impl State {
    /// The origin of a request, with the client's whole address.
    pub fn source(&self, request: &HttpRequest, id: &str) -> Source {
        Source {
            request_id: id.into(),
            address: self.trusted_proxies.client(request),
        }
    }

    /// Creates the state from the configuration.
    pub fn new(config: ApiConfig) -> Self {
        Self {
            schema: graphql::schema(),
            scale: CostEstimator::new(),
            answers: Arc::default(),
            app: config.app,
            origins: config.origins,
            https: config.https,
            trusted_proxies: config.trusted_proxies,
            dev: config.dev,
            dashboard_dir: config.dashboard_dir,
            health_only: config.health_only,
            unread: config.unread,
            sockets: Shares::new(limits::SOCKETS_OF_ADDRESS),
            callers: Shares::new(limits::SOCKETS_OF_CALLER),
            streams: Shares::new(limits::STREAMS_OF_CALLER),
            bodies: Bodies::default(),
            texts: Gate::leaving_room(limits::DOWNLOADED_TEXTS),
            ready: config.ready,
            closing: CancellationToken::new(),
        }
    }
}
