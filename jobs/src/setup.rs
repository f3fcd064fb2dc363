//! Creates the job queue's own tables, after our migrations and with the rights of the database
//! owner.

use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use sqlx::{
    AssertSqlSafe, Executor as _, PgPool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use std::{str::FromStr as _, time::Duration};

/// The key of the PostgreSQL advisory lock that serializes setups.
const LOCK: i64 = 7_236_115_903_444;

// apalis' trigger would notify per inserted row, and NOTIFY serializes commits. Wake-ups are sent
// by `domain::live` instead.
const AFTER: &str = "
DROP TRIGGER IF EXISTS notify_workers ON apalis.jobs;
GRANT USAGE ON SCHEMA apalis TO flowmason_app, flowmason_system;
GRANT SELECT ON apalis.jobs TO flowmason_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON apalis.jobs, apalis.workers TO flowmason_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA apalis TO flowmason_app;
";

// True if `AFTER` has nothing to do and there are migrations to compare. Privileges on a missing
// table are null.
const READY: &str = "
SELECT to_regclass('apalis._sqlx_migrations') IS NOT NULL
    AND to_regclass('apalis.jobs') IS NOT NULL
    AND to_regclass('apalis.workers') IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_trigger
        WHERE tgname = 'notify_workers' AND tgrelid = to_regclass('apalis.jobs'))
    AND coalesce(has_schema_privilege('flowmason_app', to_regnamespace('apalis'), 'USAGE')
        AND has_schema_privilege('flowmason_system', to_regnamespace('apalis'), 'USAGE')
        AND has_table_privilege('flowmason_system', to_regclass('apalis.jobs'), 'SELECT'), false)
    AND NOT EXISTS (
        SELECT FROM (VALUES ('apalis.jobs'), ('apalis.workers')) AS tables (name),
            (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS rights (name)
        WHERE has_table_privilege('flowmason_app', to_regclass(tables.name), rights.name)
            IS NOT TRUE)
    AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace('apalis')
        AND NOT has_function_privilege('flowmason_app', oid, 'EXECUTE'))
";

const APPLIED: &str = "SELECT version, checksum, success FROM apalis._sqlx_migrations
    ORDER BY version";

const FREE: &str = "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL
    WHERE status IN ('Queued', 'Running') AND job_type LIKE 'flowmason.%'";

/// Why the queue's tables could not be created.
#[derive(Debug, thiserror::Error)]
#[error("The tables of the job queue could not be created: {0}")]
pub struct SetupError(String);

/// Creates or updates the queue's tables. `url` must sign in as the database owner. Concurrent
/// calls of several processes are serialized; if there is nothing to do, nothing is written or
/// locked.
pub async fn setup(url: &str) -> Result<(), SetupError> {
    let failed = |error: &dyn std::fmt::Display| SetupError(error.to_string());
    if url.starts_with("sqlite:") {
        // Not `SqliteStorage::setup`, which disables syncing on one of the connections.
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
        // One process owns the file, so tasks still marked as running belong to an earlier process.
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
    // An error here occurs again in the setup itself, which reports it.
    if is_ready(&pool).await.unwrap_or(false) {
        pool.close().await;
        return Ok(());
    }
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

/// Whether the PostgreSQL database has exactly this program's migrations, and `AFTER` is applied.
async fn is_ready(pool: &PgPool) -> sqlx::Result<bool> {
    if !sqlx::query_scalar(READY).fetch_one(pool).await? {
        return Ok(false);
    }
    let applied: Vec<(i64, Vec<u8>, bool)> = sqlx::query_as(APPLIED).fetch_all(pool).await?;
    let migrations = PostgresStorage::migrations();
    let own = migrations
        .iter()
        .map(|one| (one.version, &*one.checksum, true));
    Ok(own.eq(applied
        .iter()
        .map(|(version, checksum, success)| (*version, checksum.as_slice(), *success))))
}
