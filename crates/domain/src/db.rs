//! The database connection, and transactions that are restricted to given organizations.
//!
//! On PostgreSQL every connection has the role `flowmason_app` from the start, which is subject to
//! row-level security. The organizations whose rows are visible are set locally to a transaction
//! and end with it. On SQLite there is one writer at a time, in first-come, first-served order.

use std::{
    collections::HashSet,
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Mutex, OwnedMutexGuard};
use types::OrgId;

mod after_commit;
pub(crate) mod clean;
mod single;
mod statement_pool;
mod transaction;

use after_commit::AfterCommit;
use statement_pool::StatementPool;
pub use transaction::TxConn;

/// The application's connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    conn: DatabaseConnection,
    /// The connections for single statements and transactions; `None` on SQLite.
    statement_pool: Option<StatementPool>,
    /// Serializes SQLite's writers, because this lock is fair and cheap to wait for, unlike
    /// SQLite's own. `None` on PostgreSQL.
    writer: Option<Arc<Mutex<()>>>,
    /// The number of statements so far, for tests that count them.
    statements: Arc<AtomicU64>,
}

/// Marks a SQLite file as FlowMason's: `flow` in ASCII.
const APPLICATION_ID: i32 = 0x666c_6f77;

/// Counts a statement and, in tests, checks it.
fn count(statements: &AtomicU64, _statement: &Statement) {
    statements.fetch_add(1, Ordering::Relaxed);
    #[cfg(any(test, feature = "check-statements"))]
    crate::statements::run(
        &_statement.sql,
        _statement.db_backend == DbBackend::Postgres,
    );
}

/// Counts the statements that run on a connection.
fn counted(conn: &mut DatabaseConnection) -> Arc<AtomicU64> {
    let statements = Arc::new(AtomicU64::new(0));
    let counter = statements.clone();
    conn.set_metric_callback(move |info| count(&counter, info.statement));
    statements
}

impl Db {
    /// Opens a migrated SQLite file.
    pub async fn sqlite(path: &Path) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(sqlite_url(path));
        options
            .max_connections(8)
            .min_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_pool_opts(clean::checked)
            .map_sqlx_sqlite_opts(|o| {
                // FULL: acknowledged commits survive a power failure, as on PostgreSQL.
                o.journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
                    .foreign_keys(true)
                    .statement_cache_capacity(256)
            });
        let mut conn = Database::connect(options).await?;
        let statements = counted(&mut conn);
        #[cfg(any(test, feature = "check-statements"))]
        crate::statements::learn(&conn).await?;
        Ok(Self {
            conn,
            statement_pool: None,
            writer: Some(Arc::new(Mutex::new(()))),
            statements,
        })
    }

    /// Opens a migrated PostgreSQL database. `url` signs in as the owner, but the connections have
    /// the role `flowmason_app`, even after `RESET ROLE`, because the role is in the startup
    /// packet. So is the statement timeout, which ends statements whose request has given up.
    pub async fn postgres(
        url: &str,
        max_connections: u32,
        statement_timeout: Duration,
    ) -> Result<Self, DbErr> {
        let limit = statement_timeout.as_millis().to_string();
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(max_connections)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .test_before_acquire(false)
            .map_sqlx_postgres_pool_opts(clean::checked)
            .map_sqlx_postgres_opts(move |o| {
                o.options([("role", "flowmason_app"), ("statement_timeout", &limit)])
                    // A client that hangs in a transaction must not keep its locks.
                    .options([("idle_in_transaction_session_timeout", "60000")])
                    // Statements read by key or in index order, so planning for specific values
                    // gives the same plan, and for the run list it costs more than executing it.
                    .options([("plan_cache_mode", "force_generic_plan")])
                    .application_name("flowmason")
                    .statement_cache_capacity(256)
            });
        let mut conn = Database::connect(options).await?;
        let statements = counted(&mut conn);
        #[cfg(any(test, feature = "check-statements"))]
        crate::statements::learn(&conn).await?;
        Ok(Self {
            statement_pool: Some(StatementPool::new(conn.get_postgres_connection_pool())),
            conn,
            writer: None,
            statements,
        })
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    /// The names of the applied migrations.
    pub(crate) async fn migrations(&self) -> Result<HashSet<String>, DbErr> {
        let sql = "SELECT version FROM seaql_migrations";
        let rows = self.conn.query_all_raw(self.statement(sql, [])).await?;
        rows.iter().map(|row| row.try_get("", "version")).collect()
    }

    /// Commits a write that changes nothing. An error says why the database is not writable now,
    /// such as a full disk, or a read-only file system or server.
    pub(crate) async fn try_write(&self) -> Result<(), DbErr> {
        // PostgreSQL writes an assigned transaction ID to its WAL at commit. SQLite writes the page
        // with the application ID even if the value is the same.
        let statement = if self.is_postgres() {
            "SELECT txid_current()".to_owned()
        } else {
            format!("PRAGMA application_id = {APPLICATION_ID}")
        };
        let tx = self.open(|| "BEGIN".to_owned()).await?;
        tx.conn().execute_unprepared(&statement).await?;
        tx.commit().await
    }

    /// The number of statements that have run on these connections.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The kind of database.
    pub fn backend(&self) -> DbBackend {
        self.conn.get_database_backend()
    }

    /// The ORM's pool of connections, for those who share it. Statements outside of a transaction run
    /// on `Db` itself, which is a connection as well (see `single`).
    pub fn conn(&self) -> &DatabaseConnection {
        &self.conn
    }

    /// Builds a statement for this kind of database.
    pub fn statement(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    /// Runs a single statement outside of a transaction and returns its rows.
    pub async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.statement_pool {
            Some(single) => {
                count(&self.statements, &statement);
                single.rows(&statement).await
            }
            None => self.conn.query_all_raw(statement).await,
        }
    }

    /// Runs a single statement outside of a transaction and returns its first row.
    pub async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.statement_pool {
            Some(_) => Ok(self.query_all(statement).await?.into_iter().next()),
            None => self.conn.query_one_raw(statement).await,
        }
    }

    /// Runs a single statement as its own transaction and returns the number of changed rows.
    pub async fn execute(&self, statement: Statement) -> Result<u64, DbErr> {
        match &self.statement_pool {
            Some(single) => {
                count(&self.statements, &statement);
                Ok(single.execute(&statement).await?.rows_affected())
            }
            None => Ok(self.conn.execute_raw(statement).await?.rows_affected()),
        }
    }

    /// Closes the connections, for a regular shutdown.
    pub(crate) async fn close(&self) {
        if let Some(pool) = &self.statement_pool {
            pool.close();
        }
        if let Err(error) = self.conn.clone().close().await {
            tracing::debug!(cause = %error, "the database connections could not be closed");
        }
    }

    /// Begins a write transaction that sees only the rows of `orgs`, and the tables that belong to
    /// no organization. It is rolled back if it is dropped without [`Tx::commit`].
    pub async fn begin(&self, orgs: &[OrgId]) -> Result<Tx, DbErr> {
        // Safe from injection: the text consists of UUIDs only.
        self.open(|| format!("BEGIN; SET LOCAL app.orgs = '{}'", orgs_text(orgs)))
            .await
    }

    /// Begins a transaction of the system role, for all organizations; see
    /// [`crate::tenancy::SystemCtx`], the only caller.
    pub(crate) async fn begin_system(&self) -> Result<Tx, DbErr> {
        self.open(|| "BEGIN; SET LOCAL ROLE flowmason_system".to_owned())
            .await
    }

    /// Waits for SQLite's writer lock, for a single statement outside of a transaction. `None` on
    /// PostgreSQL.
    pub async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.writer {
            Some(writer) => Some(writer.clone().lock_owned().await),
            None => None,
        }
    }

    /// Begins a transaction, on PostgreSQL with the statements of `begin`.
    async fn open(&self, begin: impl FnOnce() -> String) -> Result<Tx, DbErr> {
        let turn = self.turn().await;
        let inner = match &self.statement_pool {
            Some(pool) => TxConn::postgres(pool, begin(), &self.statements).await?,
            None => {
                let mode = SqliteTransactionMode::Immediate;
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(mode),
                    ..Default::default()
                };
                TxConn::sqlite(self.conn.begin_with_options(options).await?)
            }
        };
        Ok(Tx {
            inner,
            after: AfterCommit::default(),
            _turn: turn,
        })
    }
}

/// An open transaction. Dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    inner: TxConn,
    after: AfterCommit,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    /// The transaction as the ORM's connection, on which statements run.
    pub fn conn(&self) -> &TxConn {
        &self.inner
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.inner.get_database_backend() == DbBackend::Postgres
    }

    /// Commits the transaction, and then runs what was registered with [`Tx::after_commit`].
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            inner,
            after,
            _turn,
        } = self;
        inner.commit().await?;
        after.run();
        Ok(())
    }

    /// Registers an action that runs once the transaction is committed, and never if it is rolled back.
    /// It must be short and may be lost, as a live message may.
    pub(crate) fn after_commit(&self, action: impl FnOnce() + Send + 'static) {
        self.after.add(action);
    }

    /// Rolls back the transaction, as dropping it does.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    /// Runs one statement and returns the number of changed rows.
    pub async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, DbErr> {
        let statement =
            Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values);
        Ok(self.inner.execute_raw(statement).await?.rows_affected())
    }

    /// Runs one statement and returns its first row.
    pub async fn query_one(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, DbErr> {
        let statement =
            Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values);
        self.inner.query_one_raw(statement).await
    }
}

/// The URL of a SQLite file, which is created if it does not exist.
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

/// The value of `app.orgs`: a PostgreSQL array of IDs.
pub fn orgs_text(orgs: &[OrgId]) -> String {
    let ids: Vec<String> = orgs.iter().map(|org| org.0.to_string()).collect();
    format!("{{{}}}", ids.join(","))
}

/// The placeholders `$first`, … for a list of keys, and the values to bind. The last key is
/// repeated up to the next power of two, because each list length is prepared and planned
/// separately.
pub(crate) fn places<T: Clone + Into<Value>>(first: usize, keys: &[T]) -> (String, Vec<Value>) {
    let Some(last) = keys.last() else {
        return ("NULL".to_owned(), Vec::new());
    };
    let count = keys.len().next_power_of_two();
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    let mut values: Vec<Value> = keys.iter().map(|key| key.clone().into()).collect();
    values.resize(count, last.clone().into());
    (places.join(", "), values)
}

/// The condition that selects rows of the organization `$1` by their ids, for a table with a primary
/// key `id`, and the values to bind from `$2` on. `prefix` is empty or an alias with a dot.
///
/// PostgreSQL uses no index for `IS NOT DISTINCT FROM`, which leaves it the primary key, unless the
/// table is so small that reading all of it is cheaper. With `=`, and until a new table has
/// statistics, PostgreSQL assumes that an organization has one row in 200; it then reads all rows
/// of the organization and compares each of them with the whole list.
pub(crate) fn with_ids(prefix: &str, ids: &[uuid::Uuid]) -> (String, Vec<Value>) {
    let (places, values) = places(2, ids);
    let condition = format!("{prefix}org_id IS NOT DISTINCT FROM $1 AND {prefix}id IN ({places})");
    (condition, values)
}

/// Whether this is a PostgreSQL URL that the driver accepts.
pub fn is_postgres_url(url: &str) -> bool {
    sqlx::postgres::PgConnectOptions::from_str(url).is_ok()
        && (url.starts_with("postgres://") || url.starts_with("postgresql://"))
}
