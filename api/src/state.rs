//! What all request handlers share.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use domain::App;
use engine::limits::Gate;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    auth::Origins,
    graphql::{self, Account, Scale, Schema},
    limits,
    request::{Bodies, Shares, TrustedProxies},
};

/// Answers whether this process can do its work, and if not, what is missing.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The configuration of the API, validated by whoever makes it.
pub struct ApiConfig {
    /// The application.
    pub app: App,
    /// The origins that this server is reached under.
    pub origins: Origins,
    /// Whether the public URL is https (`FLOWMASON_PUBLIC_URL`).
    pub https: bool,
    /// The proxies in front of this server.
    pub trusted_proxies: TrustedProxies,
    /// The page for trying queries on GET /graphql; for development only.
    pub dev: bool,
    /// Serve the dashboard from this folder instead of the embedded files.
    pub dashboard_dir: Option<PathBuf>,
    /// Serve health only: a process that has workers and no API.
    pub health_only: bool,
    /// How long a client may leave what it asked for unread; `limits::UNREAD` but in tests.
    pub unread: Duration,
    /// Asked by /readyz.
    pub ready: Readiness,
}

/// The shared state.
pub struct State {
    /// The application.
    pub app: App,
    /// The executable schema.
    pub schema: Schema,
    /// What operations cost.
    pub scale: Scale,
    /// The bytes of all answers that are made or sent right now.
    pub answers: Arc<Account>,
    /// The origins that this server is reached under.
    pub origins: Origins,
    /// Whether the public URL is https.
    pub https: bool,
    /// The proxies in front of this server.
    pub trusted_proxies: TrustedProxies,
    /// Whether the page for trying queries is served.
    pub dev: bool,
    /// Where the dashboard is read from, if not from the program.
    pub dashboard_dir: Option<PathBuf>,
    /// Whether only health is served.
    pub health_only: bool,
    /// How long a client may leave what it asked for unread.
    pub unread: Duration,
    /// WebSockets of each address.
    pub sockets: Arc<Shares<IpAddr>>,
    /// WebSockets of each person or key.
    pub callers: Arc<Shares<Uuid>>,
    /// Streams of each person or key.
    pub streams: Arc<Shares<Uuid>>,
    /// Bodies that are being read.
    pub bodies: Bodies,
    /// Values that are held as text while they are downloaded; an organization leaves room for the
    /// next one's.
    pub texts: Gate,
    /// Asked by /readyz.
    pub ready: Readiness,
    /// Cancelled when the server begins to stop: streams end, /readyz fails.
    pub closing: CancellationToken,
}

impl State {
    /// From the configuration.
    pub fn new(config: ApiConfig) -> Self {
        Self {
            schema: graphql::schema(),
            scale: Scale::new(),
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
