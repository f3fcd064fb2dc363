//! A whole application for one case: a database, the app, a server on a free port, and, if the case
//! needs one, a worker.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use components::model::Providers;
use domain::{App, Database};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, sqlite::SqliteConnectOptions};
use types::Clock;

use super::{
    Backend, Caller, backend,
    callers::Secret,
    people::{self, Org},
};

/// A running application.
pub struct TestApp {
    pub app: App,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    stopper: Stopper,
}

/// Stops what a case started. Cheap to clone.
#[derive(Clone)]
pub struct Stopper(Arc<Mutex<Parts>>);

#[derive(Default)]
struct Parts {
    servers: Vec<api::ServerHandle>,
    workers: Vec<jobs::Worker>,
    database: Option<backend::Database>,
    apps: Vec<App>,
}

impl TestApp {
    /// Starts without a worker.
    pub async fn start(backend: Backend) -> Self {
        let database = backend.database().await;
        components::http::install_crypto();
        let registry = Arc::new(components::registry());
        let app = App::open(
            database.settings.clone(),
            Clock::system(),
            registry,
            Providers::default().with_examples(),
        )
        .await
        .expect("the app opens");
        let parts = Parts {
            database: Some(database),
            apps: vec![app.clone()],
            ..Parts::default()
        };
        let stopper = Stopper(Arc::new(Mutex::new(parts)));
        let mut this = Self {
            app,
            base: String::new(),
            stopper,
        };
        this.base = this.serve(|_| {});
        this
    }

    /// Opens the same database again with changed settings, and starts a server whose address is in
    /// the links of mails.
    pub async fn again(&self, change: impl FnOnce(&mut domain::Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut settings = self.app.settings().clone();
        settings.base_url = format!("http://{}", listener.local_addr().expect("an address"));
        change(&mut settings);
        let registry = Arc::new(components::registry());
        let providers = Providers::default().with_examples();
        let app = App::open(settings, Clock::system(), registry, providers)
            .await
            .expect("the app opens again");
        let mut parts = self.stopper.0.lock().expect("the parts");
        parts.apps.push(app.clone());
        drop(parts);
        let mut this = Self {
            app,
            base: String::new(),
            stopper: self.stopper.clone(),
        };
        this.base = this.serve_on(listener, |_| {});
        this
    }

    /// Stops the workers that were started so far.
    pub async fn stop_workers(&self) {
        let workers = std::mem::take(&mut self.stopper.0.lock().expect("the parts").workers);
        for worker in workers {
            worker.stop(std::time::Duration::from_secs(2)).await;
        }
    }

    /// Starts another server for the same application and returns its address.
    pub fn serve(&self, change: impl FnOnce(&mut api::ApiConfig)) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.serve_on(listener, change)
    }

    fn serve_on(&self, listener: TcpListener, change: impl FnOnce(&mut api::ApiConfig)) -> String {
        let address = listener.local_addr().expect("an address");
        let app = self.app.clone();
        let mut config = api::ApiConfig {
            app: app.clone(),
            origins: api::Origins::loopback(address.port()),
            https: false,
            trusted_proxies: api::TrustedProxies::default(),
            dev: false,
            dashboard_dir: None,
            health_only: false,
            unread: api::limits::SEND_TIMEOUT,
            ready: Arc::new(|| Box::pin(async { Ok(()) })),
        };
        change(&mut config);
        let server = api::Server::new(listener, config, 1).expect("a server");
        self.stopper
            .0
            .lock()
            .expect("the parts")
            .servers
            .push(server.handle());
        tokio::spawn(server.run());
        format!("http://{address}")
    }

    /// Starts a worker in this process.
    pub fn work(&self) {
        self.work_with(components::http::OutboundConfig::default());
    }

    /// Starts a worker with an operator's settings for outbound requests.
    pub fn work_with(&self, outbound: components::http::OutboundConfig) {
        let client = components::http::GuardedClient::builder()
            .outbound(outbound)
            .build()
            .expect("a client");
        let resources = engine::component::Resources::default()
            .with(client)
            .with(self.app.providers().clone());
        let settings = jobs::WorkerSettings {
            slots: 16,
            ..jobs::WorkerSettings::default()
        };
        let worker = jobs::Worker::start(&self.app, resources, settings);
        self.stopper
            .0
            .lock()
            .expect("the parts")
            .workers
            .push(worker);
    }

    /// The handle that stops everything.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// A caller without a credential.
    pub fn anonymous(&self) -> Caller {
        Caller::new(&self.base, Secret::None)
    }

    /// Creates an organization with one member of each role and an API key of each of the lower
    /// three roles.
    pub async fn org(&self, name: &str) -> Org {
        people::org(self, name).await
    }

    /// Executes statements as the owner of the tables.
    pub async fn sql(&self, statements: &'static str) {
        let settings = self.app.settings();
        match &settings.database {
            Database::Sqlite => {
                let file = self.folder().join("flowmason.db");
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = options.connect().await.expect("a connection");
                connection.execute(statements).await.expect(statements);
                connection.close().await.expect("closed");
            }
            Database::Postgres { .. } => {
                let url = settings.database_url();
                let mut connection = PgConnection::connect(&url).await.expect("a connection");
                connection.execute(statements).await.expect(statements);
                connection.close().await.expect("closed");
            }
        }
    }

    /// This case's own folder.
    pub fn folder(&self) -> std::path::PathBuf {
        self.app.settings().data_dir.clone()
    }
}

impl Stopper {
    /// Stops servers and workers and drops the database.
    pub async fn stop(&self) {
        let parts = std::mem::take(&mut *self.0.lock().expect("the parts"));
        for worker in parts.workers {
            worker.stop(std::time::Duration::from_secs(2)).await;
        }
        for server in parts.servers {
            server.close();
            server.kill().await;
        }
        for app in parts.apps {
            app.close().await;
        }
        if let Some(database) = parts.database {
            database.drop().await;
        }
    }
}
