//! The connections of a worker process, below the object mapper: the hot statements are written
//! by hand and run by few connections of their own, so that a flood of requests at the doors
//! cannot keep a journal from its commit.

use sea_orm::DbBackend;
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction, postgres::PgPoolOptions,
};
use tokio::sync::OwnedMutexGuard;
use types::OrgId;

use crate::db::{Db, orgs_text};

/// The engine and its connections.
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
    db: Db,
}

#[derive(Clone)]
pub(super) struct PgEnd {
    /// Works as `flowmason_app`; see [`PgEnd::begin`].
    app: PgPool,
    /// Works as `flowmason_system`.
    pub system: PgPool,
}

/// A writing transaction of SQLite with its turn.
pub(super) struct SqliteTx {
    pub tx: Transaction<'static, Sqlite>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Pools {
    pub fn new(db: &Db) -> Self {
        if db.backend() == DbBackend::Postgres {
            let shared = db.conn().get_postgres_connection_pool();
            let options = (*shared.connect_options()).clone();
            let system = options.clone().options([("role", "flowmason_system")]);
            let few = || {
                PgPoolOptions::new()
                    .max_connections(3)
                    .test_before_acquire(false)
            };
            Self::Postgres(PgEnd {
                app: few().connect_lazy_with(options),
                system: few().connect_lazy_with(system),
            })
        } else {
            let pool = db.conn().get_sqlite_connection_pool().clone();
            Self::Sqlite(SqliteEnd {
                pool,
                db: db.clone(),
            })
        }
    }
}

impl PgEnd {
    /// Begins a transaction in which exactly the rows of `orgs` exist, in one round trip.
    pub async fn begin(&self, orgs: &[OrgId]) -> sqlx::Result<Transaction<'static, Postgres>> {
        // Safe: the text consists of ids.
        let sql = format!("BEGIN; SET LOCAL app.orgs = '{}'", orgs_text(orgs));
        self.app.begin_with(AssertSqlSafe(sql)).await
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
