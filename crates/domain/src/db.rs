//! The connection to the database, and transactions that belong to named organizations.
//!
//! On PostgreSQL every connection works as the role `flowmason_app` from its first byte on, which
//! row-level security binds; which organizations exist for a statement is set locally to its
//! transaction and is gone with it. On SQLite one writer works at a time, in the order of asking.

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
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    Value,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Mutex, OwnedMutexGuard};
use types::OrgId;

pub(crate) mod clean;
mod statement_pool;

use statement_pool::StatementPool;

/// The application's connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    conn: DatabaseConnection,
    /// PostgreSQL's connections for single statements.
    statement_pool: Option<StatementPool>,
    /// SQLite's one writer; waiting here is fair and cheap, waiting for SQLite's lock is neither.
    writer: Option<Arc<Mutex<()>>>,
    /// Statements run so far, for tests that count them.
    statements: Arc<AtomicU64>,
}

/// Marks a SQLite file as FlowMason's: `flow` in ASCII.
const APPLICATION_ID: i32 = 0x666c_6f77;

/// Counts a statement; in tests it is checked, too.
fn count(statements: &AtomicU64, _statement: &Statement) {
    statements.fetch_add(1, Ordering::Relaxed);
    #[cfg(any(test, feature = "check-statements"))]
    crate::statements::run(
        &_statement.sql,
        _statement.db_backend == DbBackend::Postgres,
    );
}

/// Counts what runs on a connection.
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
                // FULL: what was acknowledged outlives a power cut, as it does on PostgreSQL.
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

    /// Opens a migrated PostgreSQL database. `url` names the owner; the connections work as
    /// `flowmason_app`, also after `RESET ROLE`, because the role stands in the start-up packet.
    /// So does the limit of a statement's time: what a request gave up must not go on in the database.
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
                    // A client that fell silent in a transaction must not keep its locks.
                    .options([("idle_in_transaction_session_timeout", "60000")])
                    // Statements read by key or in the order of an index, so planning for their
                    // values gives the same plan again, and for the run list it costs more than
                    // executing it.
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

    /// The names of the migrations that were applied.
    pub(crate) async fn migrations(&self) -> Result<HashSet<String>, DbErr> {
        let sql = "SELECT version FROM seaql_migrations";
        let rows = self.conn.query_all_raw(self.statement(sql, [])).await?;
        rows.iter().map(|row| row.try_get("", "version")).collect()
    }

    /// Writes something that changes nothing and commits it; an error says why writing is not
    /// possible now: a full disk, a file system or a server that only reads.
    pub(crate) async fn try_write(&self) -> Result<(), DbErr> {
        // A transaction number is written to PostgreSQL's log at its commit; SQLite writes the page
        // that holds the number whatever it was before.
        let statement = if self.is_postgres() {
            "SELECT txid_current()".to_owned()
        } else {
            format!("PRAGMA application_id = {APPLICATION_ID}")
        };
        let tx = self.open().await?;
        tx.conn().execute_unprepared(&statement).await?;
        tx.commit().await
    }

    /// How many statements ran so far over these connections.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DbBackend {
        self.conn.get_database_backend()
    }

    /// The bare connection: for tables of no organization, and for statements that carry their
    /// organization themselves (see `tenancy`). Elsewhere PostgreSQL answers with no rows.
    pub fn conn(&self) -> &DatabaseConnection {
        &self.conn
    }

    /// A statement in the dialect of this database.
    pub fn statement(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    /// The rows of a single statement, outside of a transaction.
    pub async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.statement_pool {
            Some(single) => {
                count(&self.statements, &statement);
                single.rows(&statement).await
            }
            None => self.conn.query_all_raw(statement).await,
        }
    }

    /// The first row of a single statement, outside of a transaction.
    pub async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.statement_pool {
            Some(_) => Ok(self.query_all(statement).await?.into_iter().next()),
            None => self.conn.query_one_raw(statement).await,
        }
    }

    /// Runs a single statement, which is a transaction by itself, and says how many rows it
    /// changed.
    pub async fn execute(&self, statement: Statement) -> Result<u64, DbErr> {
        match &self.statement_pool {
            Some(single) => {
                count(&self.statements, &statement);
                single.execute(&statement).await
            }
            None => Ok(self.conn.execute_raw(statement).await?.rows_affected()),
        }
    }

    /// Closes the connections: for a stop that was asked for.
    pub(crate) async fn close(&self) {
        if let Some(pool) = &self.statement_pool {
            pool.close();
        }
        if let Err(error) = self.conn.clone().close().await {
            tracing::debug!(cause = %error, "the database's connections did not close");
        }
    }

    /// Begins a writing transaction in which exactly the rows of `orgs` exist (and the tables of
    /// no organization). Dropped without [`Tx::commit`], it never happened.
    pub async fn begin(&self, orgs: &[OrgId]) -> Result<Tx, DbErr> {
        let tx = self.open().await?;
        if self.is_postgres() {
            let set = self.statement(
                "SELECT set_config('app.orgs', $1, true)",
                [orgs_text(orgs).into()],
            );
            tx.conn().execute_raw(set).await?;
        }
        Ok(tx)
    }

    /// Begins a transaction of the system role, for all organizations; see
    /// [`crate::tenancy::SystemCtx`], the only caller.
    pub(crate) async fn begin_system(&self) -> Result<Tx, DbErr> {
        let tx = self.open().await?;
        if self.is_postgres() {
            tx.conn()
                .execute_unprepared("SET LOCAL ROLE flowmason_system")
                .await?;
        }
        Ok(tx)
    }

    /// Takes SQLite's writing turn for a single statement outside of a transaction.
    pub async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.writer {
            Some(writer) => Some(writer.clone().lock_owned().await),
            None => None,
        }
    }

    async fn open(&self) -> Result<Tx, DbErr> {
        let turn = self.turn().await;
        let options = TransactionOptions {
            sqlite_transaction_mode: turn.is_some().then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let inner = self.conn.begin_with_options(options).await?;
        Ok(Tx { inner, _turn: turn })
    }
}

/// An open transaction. Dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    /// What statements are run on.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.inner.get_database_backend() == DbBackend::Postgres
    }

    /// Commits.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    /// Rolls back; so does an error.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    /// Runs one statement.
    pub async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, DbErr> {
        let statement =
            Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values);
        Ok(self.inner.execute_raw(statement).await?.rows_affected())
    }
}

/// The URL of a SQLite file that is made when it is not there.
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

/// `app.orgs`: a PostgreSQL array of ids.
pub fn orgs_text(orgs: &[OrgId]) -> String {
    let ids: Vec<String> = orgs.iter().map(|org| org.0.to_string()).collect();
    format!("{{{}}}", ids.join(","))
}

/// The places `$first`, … for a list of keys, and their values. The last key is repeated up to a
/// power of two: a statement is prepared and planned for each length of its list.
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

/// Whether a URL names PostgreSQL in a way that the driver reads.
pub fn is_postgres_url(url: &str) -> bool {
    sqlx::postgres::PgConnectOptions::from_str(url).is_ok()
        && (url.starts_with("postgres://") || url.starts_with("postgresql://"))
}
