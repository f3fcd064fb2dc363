//! The job queue's own tables: made once, after our migrations, by the database's owner.

use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use sqlx::{
    AssertSqlSafe, Executor as _,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use std::{str::FromStr as _, time::Duration};

/// One number for all FlowMason processes that set up one PostgreSQL database.
const LOCK: i64 = 7_236_115_903_444;

// The trigger would notify per inserted row, and NOTIFY serialises commits; wake-ups go through
// `domain::live`.
const AFTER: &str = "
DROP TRIGGER IF EXISTS notify_workers ON apalis.jobs;
GRANT USAGE ON SCHEMA apalis TO flowmason_app, flowmason_system;
GRANT SELECT ON apalis.jobs TO flowmason_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON apalis.jobs, apalis.workers TO flowmason_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA apalis TO flowmason_app;
";

const FREE: &str = "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL
    WHERE status IN ('Queued', 'Running') AND job_type LIKE 'flowmason.%'";

/// Why the queue's tables could not be made.
#[derive(Debug, thiserror::Error)]
#[error("The tables of the job queue could not be created: {0}")]
pub struct SetupError(String);

/// Makes or updates the queue's tables. `url` is the owner's; two processes at once wait for each
/// other.
pub async fn setup(url: &str) -> Result<(), SetupError> {
    let failed = |error: &dyn std::fmt::Display| SetupError(error.to_string());
    if url.starts_with("sqlite:") {
        // Not `SqliteStorage::setup`, which turns off syncing on one of the connections.
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|e| failed(&e))?
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await;
        let pool = pool.map_err(|e| failed(&e))?;
        let done = SqliteStorage::migrations().run(&pool).await;
        // One process owns the file, so whatever was running ended with the process before.
        let freed = match &done {
            Ok(()) => pool.execute(FREE).await.map(drop),
            Err(_) => Ok(()),
        };
        pool.close().await;
        done.map_err(|e| failed(&e))?;
        return freed.map_err(|e| failed(&e));
    }
    // One connection, so that the lock and the statements share it.
    let pool = PgPoolOptions::new().max_connections(1).connect(url).await;
    let pool = pool.map_err(|e| failed(&e))?;
    let lock = format!("SELECT pg_advisory_lock({LOCK})");
    pool.execute(AssertSqlSafe(lock))
        .await
        .map_err(|e| failed(&e))?;
    let made = PostgresStorage::setup(&pool).await;
    let opened = pool.execute(AFTER).await;
    pool.close().await;
    made.map_err(|e| failed(&e))?;
    opened.map_err(|e| failed(&e))?;
    Ok(())
}
