//! The connections of a worker process, below the object mapper: the hot statements are written as
//! SQL and run on a few connections of their own, so that a flood of requests cannot keep a journal
//! from its commit.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::RwLock;
use sea_orm::DbBackend;
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqlitePoolOptions,
};
use tokio::sync::OwnedMutexGuard;
use types::{Clock, OrgId};

use super::writer_connection::{Lent, WriterConnection};
use crate::db::{Db, clean, orgs_text};

/// The database and its connections.
#[derive(Clone)]
pub(super) enum Pools {
    /// One file, one writer at a time.
    Sqlite(SqliteEnd),
    /// Connections as the application (bound to organizations) and as the system (bound to few
    /// tables and columns).
    Postgres(PgEnd),
}

#[derive(Clone)]
pub(super) struct SqliteEnd {
    pub pool: SqlitePool,
    /// Due times and leases are compared by it.
    pub clock: Clock,
    db: Db,
}

#[derive(Clone)]
pub(super) struct PgEnd(Arc<PgParts>);

struct PgParts {
    /// `flowmason_app` and `flowmason_system`.
    options: [PgConnectOptions; 2],
    pools: RwLock<Arc<[PgPool; 2]>>,
    /// One connection for the lease renewer alone, made on its thread.
    renewals: RwLock<PgPool>,
    writer: WriterConnection,
    patience: Duration,
    clock: Clock,
}

/// A writing transaction of SQLite with its turn.
pub(super) struct SqliteTx {
    pub tx: Transaction<'static, Sqlite>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Pools {
    /// `lease` says how long an answer may be waited for.
    pub fn new(db: &Db, clock: &Clock, lease: Duration) -> Self {
        if db.backend() == DbBackend::Postgres {
            let shared = db.conn().get_postgres_connection_pool();
            // What is given up here ends there, too, and with it its locks: a transaction whose
            // client fell silent would keep its runs from everybody. The API's limit of a
            // statement is not for a batch.
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
            Self::Postgres(PgEnd(Arc::new(PgParts {
                pools: RwLock::new(fresh(&options)),
                renewals: RwLock::new(one(&options[1])),
                writer: WriterConnection::default(),
                options,
                patience,
                clock: clock.clone(),
            })))
        } else {
            let shared = db.conn().get_sqlite_connection_pool();
            // Of its own, so that the API's readers cannot keep the worker from a connection.
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

/// The least time that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The same for a value that may be large.
const LONG: Duration = Duration::from_secs(60);

/// Few connections of each role, made when they are needed.
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

/// A pool of one.
fn one(options: &PgConnectOptions) -> PgPool {
    clean::checked(PgPoolOptions::new())
        .max_connections(1)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone())
}

/// A span as PostgreSQL takes it, in microseconds.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl PgEnd {
    /// The application's time. Due times are written as spans from it and added to the database's.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Runs a statement on the connection of the lease renewer, and gives both up when there is no
    /// answer in time.
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

    /// Begins a transaction of `flowmason_app` in which exactly the rows of `orgs` exist, in one
    /// round trip.
    pub async fn begin(&self, orgs: &[OrgId]) -> sqlx::Result<Transaction<'static, Postgres>> {
        let pools = self.0.pools.read().clone();
        // Safe: the text consists of ids.
        let sql = format!("BEGIN; SET LOCAL app.orgs = '{}'", orgs_text(orgs));
        pools[0].begin_with(AssertSqlSafe(sql)).await
    }

    /// Lends the journal writer's connection of `flowmason_app`, on which exactly the rows of
    /// `orgs` exist. It is given back after success only.
    pub async fn lend_writer(&self, orgs: &[OrgId]) -> sqlx::Result<Lent> {
        self.0.writer.lend(&self.0.options[0], orgs).await
    }

    /// See [`Self::lend_writer`].
    pub fn give_back(&self, lent: Lent) {
        self.0.writer.give_back(lent);
    }

    /// The connections of `flowmason_system`.
    pub fn system(&self) -> PgPool {
        self.0.pools.read()[1].clone()
    }

    /// Gives work up that gets no answer in time, and its connections with it: nobody may be left
    /// at their other end, which a connection alone would learn only after many minutes.
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
        // Others may have noticed the same.
        if Arc::ptr_eq(&before, &pools) {
            tracing::warn!(?patience, "the database does not answer; connecting anew");
            *pools = fresh(&self.0.options);
        }
        Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
    }
}

impl Pools {
    /// Runs a statement or a transaction with a limit to its time.
    pub async fn in_time<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        match self {
            Self::Postgres(pg) => pg.in_time(pg.0.patience, work).await,
            // A file answers, or its own limit ends the waiting.
            Self::Sqlite(_) => work.await,
        }
    }

    /// The same for a value that may be large.
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
    /// Begins a writing transaction.
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

/// What an error of the database means for the one who got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data is at fault: the same statement would fail again.
    Data,
    /// The whole transaction may be tried again; it did not happen.
    Again,
    /// The connection or the server is at fault; whether it happened is not known.
    Unknown,
}

/// Reads an error.
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
                    // The connection was ended, perhaps between a commit and its answer.
                    Some("08") => Fault::Unknown,
                    Some("57") if code != "57014" => Fault::Unknown,
                    _ => Fault::Again,
                }
            } else {
                // SQLite: constraint, too big, mismatch, range; the rest is busy, full, I/O.
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
