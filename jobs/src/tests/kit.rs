//! A test application with an owner, its own database, and workers.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use components::model::Providers;
use domain::{
    App, Ctx, Database, Settings,
    identity::{self, Credential},
    pipelines,
    runs::{self, Run, Start},
};
use engine::component::{Descriptor, Registry, Resources};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use types::{Clock, PipelineId, RunId};
use uuid::Uuid;

use crate::{Worker, WorkerSettings};

pub struct TestApp {
    pub app: App,
    pub ctx: Ctx,
    url: String,
    _folder: tempfile::TempDir,
}

/// Holds a lock that blocks all changes of runs until it is released.
pub enum Held {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Held {
    pub async fn release(self) {
        match self {
            Self::Postgres(connection) => connection.close().await.unwrap(),
            Self::Sqlite(connection) => connection.close().await.unwrap(),
        }
    }
}

/// Runs a test on each available database.
pub async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    on_each_database_with(None, test).await;
}

/// Like [`on_each_database`], with one additional component.
pub async fn on_each_database_with<F: Future<Output = ()>>(
    component: impl Into<Option<&'static Descriptor>>,
    test: impl Fn(TestApp) -> F,
) {
    let component = component.into();
    test(open(None, component).await).await;
    if let Ok(server) = std::env::var("FLOWMASON_TEST_POSTGRES") {
        test(open(Some(server), component).await).await;
        return;
    }
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        assert!(
            std::env::var_os("CI").is_none(),
            "FLOWMASON_TEST_POSTGRES is not set"
        );
        eprintln!("skipped: PostgreSQL (FLOWMASON_TEST_POSTGRES is not set)");
    });
}

async fn open(server: Option<String>, component: Option<&'static Descriptor>) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let database = match server {
        None => Database::Sqlite,
        Some(server) => {
            let name = format!("jobs_test_{}", Uuid::new_v4().simple());
            let mut admin = PgConnection::connect(&server).await.unwrap();
            admin
                .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .await
                .unwrap();
            let (base, _) = server.rsplit_once('/').unwrap();
            Database::Postgres {
                url: format!("{base}/{name}"),
                max_connections: 8,
            }
        }
    };
    let settings = Settings {
        database,
        password_cost: 4,
        ..Settings::embedded(folder.path())
    };
    let url = settings.database_url();
    migrations::migrate(&url).await.unwrap();
    crate::setup(&url).await.unwrap();
    // Twice, because every start of a process runs the setup.
    crate::setup(&url).await.unwrap();
    let registry = components::registry();
    let registry = Arc::new(Registry::new(registry.iter().chain(component)));
    let app = App::open(settings, Clock::system(), registry, Providers::default())
        .await
        .unwrap();
    let link = identity::print_link(&app).await.unwrap().unwrap();
    let signed_in = identity::redeem_link(&app, &link, Default::default(), "test")
        .await
        .unwrap();
    let session = Credential::Session(&signed_in.token);
    let ctx = identity::authenticate(&app, session, None, "test")
        .await
        .unwrap();
    TestApp {
        app,
        ctx,
        url,
        _folder: folder,
    }
}

impl TestApp {
    pub fn worker(&self, lease: Duration) -> Worker {
        let (resources, settings) = self.worker_parts(lease);
        Worker::start(&self.app, resources, settings)
    }

    /// Another application on the same database, as in another process: no connection is shared.
    pub async fn app_of_its_own(&self) -> App {
        self.app_with(Clock::system()).await
    }

    /// The same with its own clock.
    pub async fn app_with(&self, clock: Clock) -> App {
        let (settings, registry) = (self.app.settings().clone(), self.app.registry().clone());
        App::open(settings, clock, registry, Providers::default())
            .await
            .unwrap()
    }

    /// The parameters with which a worker is started.
    pub fn worker_parts(&self, lease: Duration) -> (Resources, WorkerSettings) {
        let settings = WorkerSettings {
            lease,
            slots: 16,
            ..WorkerSettings::default()
        };
        (Resources::default(), settings)
    }

    pub async fn pipeline(&self, stages: Json) -> PipelineId {
        let source = json!({ "name": "test", "version": "1.0.0", "stages": stages });
        pipelines::create(&self.ctx, &source.to_string(), None)
            .await
            .unwrap()
            .0
            .id
    }

    pub async fn start(&self, pipeline: PipelineId) -> RunId {
        let start = Start {
            input: json!({ "x": 1 }).into(),
            ..Start::default()
        };
        runs::start(&self.ctx, pipeline, start).await.unwrap().id
    }

    /// Waits until `done` is true for the run, and returns it.
    pub async fn wait_until(&self, run: RunId, done: impl Fn(&Run) -> bool) -> Run {
        let patience = Instant::now() + Duration::from_secs(15);
        loop {
            let row = runs::get(&self.ctx, run).await.unwrap();
            if done(&row) {
                return row;
            }
            assert!(Instant::now() < patience, "{row:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn finished(&self, run: RunId) -> Run {
        self.wait_until(run, |row| row.status.is_finished()).await
    }

    /// The run's events as `type stage`.
    pub async fn events(&self, run: RunId) -> Vec<String> {
        let events = runs::events(&self.ctx, run, None, None).await.unwrap();
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        events
            .into_iter()
            .map(|event| format!("{} {}", event.kind, event.stage.unwrap_or_default()))
            .collect()
    }

    /// Runs SQL as the database owner; `{run}` is replaced by the run's ID.
    pub async fn sql(&self, sql: &str, run: RunId) {
        if self.app.db().is_postgres() {
            let sql = sql.replace("{run}", &format!("'{}'", run.0));
            let mut owner = PgConnection::connect(&self.url).await.unwrap();
            owner.execute(AssertSqlSafe(sql)).await.unwrap();
        } else {
            let sql = sql.replace("{run}", &format!("x'{}'", run.0.simple()));
            let pool = self.app.db().conn().get_sqlite_connection_pool();
            pool.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }

    /// Blocks all changes of runs from now on, including claims.
    pub async fn hold_runs(&self) -> Held {
        if self.app.db().is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let lock = "BEGIN; LOCK TABLE runs IN ACCESS EXCLUSIVE MODE";
            connection.execute(lock).await.unwrap();
            Held::Postgres(connection)
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            Held::Sqlite(connection)
        }
    }

    /// The URL with which the owner opens the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first column of a query, as text.
    pub async fn text(&self, sql: &str) -> String {
        self.scalar(sql).await
    }

    /// The first column of a query, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        self.scalar(sql).await
    }

    async fn scalar<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + sqlx::Type<sqlx::Postgres> + sqlx::Type<sqlx::Sqlite>,
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Sqlite>,
    {
        let query = AssertSqlSafe(sql.to_owned());
        if self.app.db().is_postgres() {
            let mut owner = PgConnection::connect(&self.url).await.unwrap();
            let row = sqlx::query_scalar(query).fetch_one(&mut owner).await;
            row.unwrap()
        } else {
            let pool = self.app.db().conn().get_sqlite_connection_pool();
            sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
        }
    }

    pub async fn close(self) {
        let (_, found) = domain::statements::report();
        assert!(found.is_empty(), "{found:?}");
        self.app.close().await;
        if self.app.db().is_postgres() {
            let (base, name) = self.url.rsplit_once('/').unwrap();
            let mut admin = PgConnection::connect(&format!("{base}/postgres"))
                .await
                .unwrap();
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.execute(AssertSqlSafe(drop)).await.unwrap();
        }
    }
}

/// A chain of stages, each of which sets a variable to the value of the one before.
pub fn chain(count: usize) -> Json {
    let stages = (0..count).map(|i| match i {
        0 => json!({ "id": "s0", "component_type": "variable_set",
            "config": { "name": "v0", "value": "{{input.x}}" } }),
        _ => json!({ "id": format!("s{i}"), "component_type": "variable_set",
            "depends_on": [format!("s{}", i - 1)],
            "config": { "name": format!("v{i}"),
                "value": format!("{{{{upstream.s{}.value}}}}", i - 1) } }),
    });
    stages.collect()
}

/// One stage that sleeps.
pub fn sleep(seconds: f64) -> Json {
    json!([{ "id": "nap", "component_type": "wait", "config": { "seconds": seconds } }])
}
