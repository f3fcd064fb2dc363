//! The database connections of a worker process, without the ORM. Frequent statements are plain SQL
//! and use a few dedicated connections, so that a flood of API requests cannot delay journal
//! commits.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::{Mutex, RwLock};
use sea_orm::DbBackend;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgConnection, PgPool, Postgres, Sqlite, SqlitePool,
    Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqlitePoolOptions,
};
use tokio::sync::OwnedMutexGuard;
use types::{Clock, OrgId};

use super::writer_connection::{CheckedOut, WriterConnection};
use crate::db::{Db, clean, orgs_text};

/// The connections to the database, by kind of database.
#[derive(Clone)]
pub(super) enum Pools {
    /// One file, one writer at a time.
    Sqlite(SqliteEnd),
    /// Connections with the application's role (restricted to organizations) and with the system's
    /// role (restricted to a few tables and columns).
    Postgres(PgPools),
}

#[derive(Clone)]
pub(super) struct SqliteEnd {
    pub pool: SqlitePool,
    /// The clock with which due times and leases are compared.
    pub clock: Clock,
    db: Db,
}

#[derive(Clone)]
pub(super) struct PgPools(Arc<PgParts>);

struct PgParts {
    /// `flowmason_app` and `flowmason_system`.
    options: [PgConnectOptions; 2],
    pools: RwLock<Arc<[PgPool; 2]>>,
    /// One connection that only the lease renewer uses, opened on its thread.
    renewals: RwLock<PgPool>,
    writer: WriterConnection,
    /// The connection of `flowmason_system` for claims, between two of them. A claim is a single
    /// statement, so there is nothing to check afterwards.
    claims: Mutex<Option<PgConnection>>,
    patience: Duration,
    clock: Clock,
}

/// A write transaction of SQLite, with the writer lock of [`Db`].
pub(super) struct SqliteTx {
    pub tx: Transaction<'static, Sqlite>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Pools {
    /// `lease` determines how long a response is waited for: half of it, but at least [`PATIENCE`].
    pub fn new(db: &Db, clock: &Clock, lease: Duration) -> Self {
        if db.backend() == DbBackend::Postgres {
            let shared = db.conn().get_postgres_connection_pool();
            // When a statement is abandoned here, the server must end it too and release its locks:
            // a transaction of a dead client would block its runs. The API's statement timeout is
            // too short for a batch.
            let patience = (lease / 2).max(PATIENCE);
            let (short, long) = (
                patience.as_millis().to_string(),
                LONG.as_millis().to_string(),
            );
            let app = (*shared.connect_options()).clone().options([
                ("statement_timeout", &long),
                ("lock_timeout", &short),
                ("idle_in_transaction_session_timeout", &short),
            ]);
            let system = app.clone().options([("role", "flowmason_system")]);
            let options = [app, system];
            Self::Postgres(PgPools(Arc::new(PgParts {
                pools: RwLock::new(fresh(&options)),
                renewals: RwLock::new(one(&options[1])),
                writer: WriterConnection::default(),
                claims: Mutex::default(),
                options,
                patience,
                clock: clock.clone(),
            })))
        } else {
            let shared = db.conn().get_sqlite_connection_pool();
            // A separate pool, so that the API's readers cannot take the worker's connections.
            let pool = clean::checked(SqlitePoolOptions::new())
                .max_connections(3)
                .test_before_acquire(false)
                .connect_lazy_with((*shared.connect_options()).clone());
            Self::Sqlite(SqliteEnd {
                pool,
                clock: clock.clone(),
                db: db.clone(),
            })
        }
    }
}

/// The minimum time that a response is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The time limit for statements with values that may be large.
const LONG: Duration = Duration::from_secs(60);

/// New pools of up to three connections per role, opened on demand.
fn fresh(options: &[PgConnectOptions; 2]) -> Arc<[PgPool; 2]> {
    let few = |options: &PgConnectOptions| {
        clean::checked(PgPoolOptions::new())
            .max_connections(3)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone())
    };
    let [app, system] = options;
    Arc::new([few(app), few(system)])
}

/// A new pool with one connection.
fn one(options: &PgConnectOptions) -> PgPool {
    clean::checked(PgPoolOptions::new())
        .max_connections(1)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone())
}

/// A duration in microseconds, for PostgreSQL's `interval` arithmetic.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl PgPools {
    /// The application's time. Due times are sent as durations from it and added to the database's
    /// time.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Runs a statement on the lease renewer's connection. If there is no response in time,
    /// abandons the statement and the connection.
    pub async fn renewing<T, F: Future<Output = sqlx::Result<T>>>(
        &self,
        work: impl FnOnce(PgPool) -> F,
    ) -> sqlx::Result<T> {
        let pool = self.0.renewals.read().clone();
        if let Ok(result) = tokio::time::timeout(self.0.patience, work(pool)).await {
            return result;
        }
        *self.0.renewals.write() = one(&self.0.options[1]);
        Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
    }

    /// Begins a transaction of `flowmason_app` that sees only the rows of `orgs`, in one round
    /// trip.
    pub async fn begin(&self, orgs: &[OrgId]) -> sqlx::Result<Transaction<'static, Postgres>> {
        let pools = self.0.pools.read().clone();
        // Safe from injection: the text consists of UUIDs only.
        let sql = format!("BEGIN; SET LOCAL app.orgs = '{}'", orgs_text(orgs));
        pools[0].begin_with(AssertSqlSafe(sql)).await
    }

    /// Checks out the journal writer's connection of `flowmason_app`, on which only the rows of
    /// `orgs` are visible. It must be given back only after success.
    pub async fn checkout_writer(&self, orgs: &[OrgId]) -> sqlx::Result<CheckedOut> {
        self.0.writer.lend(&self.0.options[0], orgs).await
    }

    /// Returns the connection; see [`Self::checkout_writer`].
    pub fn give_back(&self, lent: CheckedOut) {
        self.0.writer.give_back(lent);
    }

    /// Checks out the connection for claims, opening it if needed. It must be given back only after
    /// success; otherwise it is closed.
    ///
    /// Its commits do not wait for the disk. A claim that a crash of the database forgets leaves the
    /// run as it was, and this process's lease is then refused at its first commit, because the row
    /// no longer names it. That commit waits for the disk and so makes the claim durable, too,
    /// before any stage with an effect may start.
    pub async fn checkout_claims(&self) -> sqlx::Result<PgConnection> {
        let kept = self.0.claims.lock().take();
        match kept {
            Some(conn) => Ok(conn),
            None => {
                let options = self.0.options[1].clone();
                let options = options.options([("synchronous_commit", "off")]);
                options.connect().await
            }
        }
    }

    /// Returns the connection; see [`Self::checkout_claims`].
    pub fn give_back_claims(&self, conn: PgConnection) {
        *self.0.claims.lock() = Some(conn);
    }

    /// The connections of `flowmason_system`.
    pub fn system(&self) -> PgPool {
        self.0.pools.read()[1].clone()
    }

    /// Abandons `work` if there is no response in time, and replaces all connections: their peer
    /// may be gone, which TCP alone would notice only after many minutes.
    async fn in_time<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        let before = self.0.pools.read().clone();
        if let Ok(result) = tokio::time::timeout(patience, work).await {
            return result;
        }
        let mut pools = self.0.pools.write();
        // Another caller may have replaced the connections already.
        if Arc::ptr_eq(&before, &pools) {
            tracing::warn!(?patience, "the database does not respond; reconnecting");
            *pools = fresh(&self.0.options);
        }
        Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
    }
}

impl Pools {
    /// Runs a statement or a transaction with a time limit.
    pub async fn in_time<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        match self {
            Self::Postgres(pg) => pg.in_time(pg.0.patience, work).await,
            // SQLite has its own busy timeout.
            Self::Sqlite(_) => work.await,
        }
    }

    /// Like [`Self::in_time`], with a longer limit for values that may be large.
    pub async fn in_long_time<T>(
        &self,
        work: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        match self {
            Self::Postgres(pg) => pg.in_time(LONG, work).await,
            Self::Sqlite(_) => work.await,
        }
    }
}

impl SqliteEnd {
    /// Begins a write transaction.
    pub async fn begin(&self) -> sqlx::Result<SqliteTx> {
        let turn = self.db.turn().await;
        Ok(SqliteTx {
            tx: self.pool.begin_with("BEGIN IMMEDIATE").await?,
            _turn: turn,
        })
    }
}

impl SqliteTx {
    pub async fn commit(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

/// How to react to a database error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data was refused: the same statement would fail again.
    Data,
    /// The transaction was not committed and can be retried.
    Again,
    /// The connection or the server failed; it is unknown whether the transaction was committed.
    Unknown,
}

/// Classifies an error.
pub(super) fn fault(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error
                .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                .is_some()
            {
                match code.get(..2) {
                    Some("22" | "23" | "54" | "P0") => Fault::Data,
                    // The connection was closed, perhaps between a commit and its response.
                    Some("08") => Fault::Unknown,
                    Some("57") if code != "57014" => Fault::Unknown,
                    _ => Fault::Again,
                }
            } else {
                // SQLite: too big, constraint, mismatch, range. Others: busy, full, I/O and so on.
                match code.parse::<u32>().map(|code| code & 0xff) {
                    Ok(18 | 19 | 20 | 25) => Fault::Data,
                    _ => Fault::Again,
                }
            }
        }
        sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            Fault::Data
        }
        sqlx::Error::PoolTimedOut => Fault::Again,
        _ => Fault::Unknown,
    }
}
