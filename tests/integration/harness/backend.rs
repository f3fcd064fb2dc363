//! Databases for cases: migrated once per backend, then copied for each case.

use std::{
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

/// SQLite alone, or PostgreSQL with Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database of one case.
pub struct Database {
    pub settings: domain::Settings,
    /// Deleted at the end of the case.
    _folder: tempfile::TempDir,
    /// The URL with the owner's credentials; `None` on SQLite.
    pub owner_url: Option<String>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);
static SQLITE: OnceLock<PathBuf> = OnceLock::new();
static POSTGRES: OnceLock<String> = OnceLock::new();
static MIGRATED_SQLITE: OnceCell<()> = OnceCell::const_new();
static MIGRATED_POSTGRES: OnceCell<()> = OnceCell::const_new();

fn admin_url() -> Option<String> {
    std::env::var("FLOWMASON_TEST_POSTGRES")
        .ok()
        .filter(|url| !url.is_empty())
}

fn redis_url() -> Option<String> {
    std::env::var("FLOWMASON_TEST_REDIS")
        .ok()
        .filter(|url| !url.is_empty())
}

/// The URL of another database on the same server.
pub fn with_database(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).expect("FLOWMASON_TEST_POSTGRES is a URL");
    url.set_path(name);
    url.to_string()
}

impl Backend {
    pub fn name(self) -> &'static str {
        match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }

    /// Whether the environment names both servers.
    pub fn postgres_is_there() -> bool {
        admin_url().is_some() && redis_url().is_some()
    }

    /// Creates a migrated database for one case.
    pub async fn database(self) -> Database {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = domain::Settings::embedded(folder.path());
        settings.password_cost = 4;
        settings.server_key = Some(vec![7; 32]);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let owner_url = match self {
            Backend::Sqlite => {
                MIGRATED_SQLITE.get_or_init(migrate_sqlite).await;
                let template = SQLITE.get().expect("migrated");
                std::fs::copy(
                    template.join("flowmason.db"),
                    folder.path().join("flowmason.db"),
                )
                .expect("a copy of the template");
                None
            }
            Backend::Postgres => {
                MIGRATED_POSTGRES.get_or_init(migrate_postgres).await;
                let template = POSTGRES.get().expect("migrated");
                let name = format!("{template}_{number}");
                admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                let url = with_database(&admin_url().expect("named"), &name);
                settings.database = domain::Database::Postgres {
                    url: url.clone(),
                    max_connections: 8,
                };
                settings.redis = redis_url();
                Some(url)
            }
        };
        Database {
            settings,
            _folder: folder,
            owner_url,
        }
    }
}

impl Database {
    /// Drops the PostgreSQL database. The SQLite file is deleted with its folder.
    pub async fn drop(&self) {
        if let Some(url) = &self.owner_url {
            let name = url.rsplit('/').next().unwrap_or_default();
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn migrate_sqlite() {
    let folder = std::env::temp_dir().join(format!("flowmason-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the template");
    let settings = domain::Settings::embedded(&folder);
    migrations::migrate(&settings.database_url())
        .await
        .expect("migrations on SQLite");
    jobs::setup(&settings.database_url())
        .await
        .expect("the queue's tables on SQLite");
    SQLITE.set(folder).expect("once");
}

async fn migrate_postgres() {
    let name = format!("fm_test_{}", std::process::id());
    admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    admin(&format!("CREATE DATABASE {name}")).await;
    let url = with_database(&admin_url().expect("named"), &name);
    migrations::migrate(&url)
        .await
        .expect("migrations on PostgreSQL");
    jobs::setup(&url)
        .await
        .expect("the queue's tables on PostgreSQL");
    POSTGRES.set(name).expect("once");
}

async fn admin(sql: &str) {
    let url = admin_url().expect("FLOWMASON_TEST_POSTGRES");
    let mut connection = PgConnection::connect(&url)
        .await
        .expect("PostgreSQL answers");
    connection
        .execute(sqlx::AssertSqlSafe(sql.to_owned()))
        .await
        .expect(sql);
    let _ = connection.close().await;
}

/// Deletes the template databases.
pub fn clean_up() {
    if let Some(folder) = SQLITE.get() {
        let _ = std::fs::remove_dir_all(folder);
    }
    if let Some(name) = POSTGRES.get() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        });
    }
}
