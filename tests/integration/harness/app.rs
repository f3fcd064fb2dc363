//! A whole application for one case: a database, the app, a server on a free port, and, if the case
//! needs one, a worker.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use components::model::{Price, Providers, Script, Scripted};
use domain::{App, Database};
use serde_json::{Value as Json, json};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, sqlite::SqliteConnectOptions,
};
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
        self.opened_again(change, Providers::default().with_examples())
            .await
    }

    /// Opens the same database again with a model provider, `test`, that is the default one and has these
    /// answers; see `components::model::Script`. A million tokens cost a dollar each way.
    pub async fn with_answers(&self, answers: Json) -> Self {
        let script = json!({ "answers": answers }).to_string();
        let script = Script::parse(&script).expect("answers");
        let price = Price {
            input: 1.0,
            output: 1.0,
        };
        let provider = Arc::new(Scripted::new(script, Some(price)));
        let providers = Providers::default().with("test", provider);
        self.opened_again(|_| {}, providers).await
    }

    async fn opened_again(
        &self,
        change: impl FnOnce(&mut domain::Settings),
        providers: Providers,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut settings = self.app.settings().clone();
        settings.base_url = format!("http://{}", listener.local_addr().expect("an address"));
        change(&mut settings);
        let registry = Arc::new(components::registry());
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

    /// All rows of all tables, as the owner of the tables sees them.
    pub async fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let settings = self.app.settings();
        let mut out = BTreeMap::new();
        match &settings.database {
            Database::Sqlite => {
                let file = self.folder().join("flowmason.db");
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = options.connect().await.expect("a connection");
                let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
                let tables: Vec<String> = sqlx::query_scalar(tables)
                    .fetch_all(&mut connection)
                    .await
                    .expect("tables");
                for table in tables {
                    let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                    let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(columns))
                        .fetch_all(&mut connection)
                        .await
                        .expect("columns");
                    let row: Vec<String> = columns
                        .iter()
                        .map(|column| format!("quote(\"{column}\")"))
                        .collect();
                    let rows = format!(
                        "SELECT {} FROM \"{table}\" ORDER BY 1",
                        row.join(" || ' ' || ")
                    );
                    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
                        .fetch_all(&mut connection)
                        .await
                        .expect("rows");
                    out.insert(table, rows);
                }
                connection.close().await.expect("closed");
            }
            Database::Postgres { .. } => {
                let url = settings.database_url();
                let mut connection = PgConnection::connect(&url).await.expect("a connection");
                let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
                let tables: Vec<String> = sqlx::query_scalar(tables)
                    .fetch_all(&mut connection)
                    .await
                    .expect("tables");
                for table in tables {
                    let rows = format!("SELECT t::text FROM \"{table}\" t ORDER BY 1");
                    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
                        .fetch_all(&mut connection)
                        .await
                        .expect("rows");
                    out.insert(table, rows);
                }
                connection.close().await.expect("closed");
            }
        }
        out
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
