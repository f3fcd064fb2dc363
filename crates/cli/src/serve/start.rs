//! Starts the parts of the server in order, waits for a signal, and stops them in order.

#![allow(
    clippy::disallowed_methods,
    reason = "the program reads its environment only here"
)]

use std::{
    io::Write,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{ApiConfig, Origins, Readiness, Server};
use components::{http::GuardedClient, model::Providers};
use domain::{App, Database, identity};
use engine::component::Resources;
use jobs::{Health, Worker, WorkerSettings};
use types::{Clock, ErrorCode};

use super::{config::ServeConfig, folder, lock, room, signals::Signals};

/// Why the server did not start, or ended with a failure.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The longest part of the grace period that is reserved for the shutdown after the last run.
const MOST_REST: Duration = Duration::from_secs(3);

/// Starts everything, serves until a signal, stops everything.
pub async fn run(config: ServeConfig) -> Result<(), Error> {
    let signals = Signals::new(config.grace)?;
    let settings = &config.settings;
    folder::own(&settings.data_dir)?;
    room::check(&settings.data_dir)?;
    // Held until the end: with SQLite, no other process may use the folder.
    let _lock = match settings.database {
        Database::Sqlite => Some(lock::take(&settings.data_dir)?),
        Database::Postgres { .. } => None,
    };
    let listener = bind(&config)?;
    let port = match &listener {
        Some(listener) => Some(listener.local_addr()?.port()),
        None => None,
    };
    let client = GuardedClient::builder()
        .outbound(config.outbound.clone())
        .own_ports(port)
        .build()
        .map_err(|e| format!("outbound: {e}"))?;
    let providers = providers(&config, &client);
    let base_url = base_url(&config, port);
    let app = open(&config, providers.clone(), client.clone(), base_url).await?;
    let worker = config.worker.then(|| {
        let resources = Resources::default().with(client).with(providers);
        Worker::start(&app, resources, worker_settings(&config))
    });
    let stopping = Arc::new(AtomicBool::new(false));
    let health = worker.as_ref().map(Worker::health);
    let mut serving = None;
    if let (Some(listener), Some(port)) = (listener, port) {
        let server = Server::new(
            listener,
            api_config(
                &config,
                &app,
                port,
                readiness(&app, health, stopping.clone()),
            ),
            std::thread::available_parallelism().map_or(2, usize::from),
        )?;
        serving = Some((server.handle(), tokio::spawn(server.run())));
    }
    announce(&config, &app, port).await?;

    let ended = async {
        match &mut serving {
            Some((_, task)) => task.await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signals.first() => {}
        ended = ended => {
            ended??;
            return Err("The HTTP server stopped unexpectedly".into());
        }
    }
    tracing::info!(grace = ?config.grace, "stopping; a second signal ends the process at once");
    let drain = async {
        stopping.store(true, Ordering::Relaxed);
        let stop_server = async {
            if let Some((handle, _)) = &serving {
                handle.stop().await;
            }
        };
        // Both at the same time: open requests may still wait for the worker.
        let stop_worker = async {
            if let Some(worker) = worker {
                // The remainder of the grace period is for the journal and the connections.
                worker
                    .stop(config.grace - (config.grace / 4).min(MOST_REST))
                    .await;
            }
        };
        futures::join!(stop_server, stop_worker);
        app.close().await;
    };
    drain.await;
    tracing::info!("stopped");
    Ok(())
}

fn api_config(config: &ServeConfig, app: &App, port: u16, ready: Readiness) -> ApiConfig {
    ApiConfig {
        app: app.clone(),
        origins: match &config.public_url {
            Some(url) => Origins::public(url),
            None => Origins::loopback(port),
        },
        https: config
            .public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https"),
        trusted_proxies: config.trusted_proxies.clone(),
        unread: api::limits::SEND_TIMEOUT,
        dev: config.dev,
        dashboard_dir: config.dashboard_dir.clone(),
        health_only: !config.api,
        ready,
    }
}

fn bind(config: &ServeConfig) -> Result<Option<TcpListener>, Error> {
    if config.listen.is_empty() {
        return Ok(None);
    }
    TcpListener::bind(config.listen.as_slice())
        .map(Some)
        .map_err(|e| {
            let address = config
                .listen
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            match e.kind() {
                std::io::ErrorKind::AddrInUse => {
                    format!(
                        "The address {address} is in use. Stop the program that listens there, or \
                         choose another with --listen"
                    )
                }
                _ => format!("Cannot listen on {address}: {e}"),
            }
            .into()
        })
}

fn providers(config: &ServeConfig, client: &GuardedClient) -> Providers {
    let (folder, place) = &config.place;
    // Only the operator's file names the environment variable of an API key, never a pipeline.
    let environment = |name: &str| std::env::var(name).ok();
    Providers::from_config(&config.providers, folder, place, &environment, client).with_examples()
}

async fn open(
    config: &ServeConfig,
    providers: Providers,
    client: GuardedClient,
    base_url: String,
) -> Result<App, Error> {
    let settings = domain::Settings {
        base_url,
        http: Some(client),
        ..config.settings.clone()
    };
    let url = settings.database_url();
    let place = match settings.database {
        Database::Sqlite => format!("the data folder {}", settings.data_dir.display()),
        Database::Postgres { .. } => "the PostgreSQL server".to_owned(),
    };
    migrations::migrate(&url).await.map_err(|e| {
        tracing::error!(cause = %e, "migration failed");
        let doing = format!("The database cannot be reached or migrated: {e}");
        room::of_database(e, &doing, &place)
    })?;
    jobs::setup(&url).await?;
    let registry = Arc::new(components::registry());
    let app = App::open(settings, Clock::system(), registry, providers).await;
    Ok(app.map_err(|e| room::of_database(e, "The database cannot be opened", &place))?)
}

fn worker_settings(config: &ServeConfig) -> WorkerSettings {
    let usual = WorkerSettings::default();
    let host = std::env::var("HOSTNAME").unwrap_or_default();
    WorkerSettings {
        name: if host.is_empty() {
            usual.name.clone()
        } else {
            host
        },
        slots: config.slots.unwrap_or(usual.slots),
        lease: config.lease.unwrap_or(usual.lease),
        limits: config.limits.clone(),
        ..usual
    }
}

/// The checks of `/readyz`: the database is writable, its migrations are applied, and all parts of
/// the worker are running.
fn readiness(app: &App, health: Option<Health>, stopping: Arc<AtomicBool>) -> Readiness {
    let app = app.clone();
    Arc::new(move || {
        let (app, health, stopping) = (app.clone(), health.clone(), stopping.clone());
        Box::pin(async move {
            if stopping.load(Ordering::Relaxed) {
                return Err("worker: stopping".to_owned());
            }
            if let Some(part) = health.and_then(|health| health.missing()) {
                return Err(format!("worker: the {part} is not running"));
            }
            let asked = async {
                app.can_write().await.map_err(|error| match error.code {
                    ErrorCode::StorageFull => "storage: the disk of the database is full",
                    _ => "database",
                })?;
                app.migrations().await.map_err(|_| "migrations")
            };
            let applied = match tokio::time::timeout(Duration::from_secs(2), asked).await {
                Ok(applied) => applied?,
                Err(_) => return Err("database".to_owned()),
            };
            match migrations::names()
                .iter()
                .find(|name| !applied.contains(*name))
            {
                Some(name) => Err(format!("migrations: {name}")),
                None => Ok(()),
            }
        })
    })
}

/// The URL under which people reach this server, without a slash at the end; empty for a worker that
/// has none.
pub fn base_url(config: &ServeConfig, port: Option<u16>) -> String {
    let port = port.unwrap_or_default();
    match (&config.public_url, config.listen.first()) {
        (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
        (None, Some(listen)) if listen.is_ipv6() => format!("http://[{}]:{port}", listen.ip()),
        (None, Some(listen)) => format!("http://{}:{port}", listen.ip()),
        (None, None) => String::new(),
    }
}

/// Prints the address and the sign-in link. Programs wait for the first line.
async fn announce(config: &ServeConfig, app: &App, port: Option<u16>) -> Result<(), Error> {
    let address = base_url(config, port);
    let mut out = std::io::stdout().lock();
    if config.api {
        writeln!(out, "FlowMason is at {address}")?;
        if let Some(token) = identity::print_link(app).await? {
            writeln!(out, "Sign in once: {address}/sign-in#token={token}")?;
        }
    } else {
        let at = if address.is_empty() {
            String::new()
        } else {
            format!(" at {address}")
        };
        writeln!(out, "The FlowMason worker is running{at}")?;
    }
    out.flush()?;
    Ok(())
}
