//! Databases for tests: migrated once per process and engine, then copied for each test, because
//! a copy takes milliseconds and the migrations take seconds.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database as Connection};
use tokio::sync::OnceCell;

use crate::Settings;

/// The content of the migrated SQLite file.
static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
/// The name of the migrated PostgreSQL database.
static POSTGRES: OnceCell<String> = OnceCell::const_new();

/// Writes a migrated SQLite database to the data folder.
pub async fn copy_sqlite(folder: &Path) {
    let content = SQLITE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            migrate(&Settings::embedded(folder.path()).database_url()).await;
            std::fs::read(folder.path().join("flowmason.db")).unwrap()
        })
        .await;
    std::fs::write(folder.join("flowmason.db"), content).unwrap();
}

/// Creates a migrated PostgreSQL database on the server, and returns its URL.
pub async fn copy_postgres(server: &str) -> String {
    let template = POSTGRES
        .get_or_init(|| async {
            let name = format!("domain_template_{}", uuid::Uuid::new_v4().simple());
            as_admin(server, &format!("CREATE DATABASE {name}")).await;
            migrate(&database(server, &name)).await;
            name
        })
        .await;
    let name = format!("domain_test_{}", uuid::Uuid::new_v4().simple());
    as_admin(
        server,
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    database(server, &name)
}

/// Runs a statement as the server's administrator.
pub async fn as_admin(server: &str, sql: &str) {
    let admin = Connection::connect(server).await.unwrap();
    admin.execute_unprepared(sql).await.unwrap();
    admin.close().await.unwrap();
}

fn database(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

async fn migrate(url: &str) {
    migrations::migrate(url).await.unwrap();
    // Migrates twice to check that applied migrations are skipped.
    migrations::migrate(url).await.unwrap();
}
