//! Keeps PostgreSQL connections between uses, and runs single statements outside of transactions on
//! them.
//!
//! A connection that returns to the pool is checked twice: by [`super::clean`] and by the pool's
//! own ping. For a read of one round trip, these two more round trips are most of the cost. A
//! statement that succeeded outside of a transaction leaves nothing open, because PostgreSQL
//! commits it automatically, and neither does a transaction that ended, so the connection is kept
//! here and can be used again at once. After an error, when its future is dropped, and after
//! [`TERM`], used or not, it returns to the pool and is checked there. So it does while others may be
//! waiting at the pool for a connection.
//!
//! Statements that begin, end or configure a transaction are not run here but by
//! [`super::transaction`], which borrows a connection.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Connection as _, PgPool, Postgres, pool::PoolConnection, query::Query};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a connection is kept before it returns to the pool.
const TERM: Duration = Duration::from_secs(10);

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Keeps connections and runs single statements. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct StatementPool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    /// Limits concurrent statements: the rest of the pool is for transactions.
    turns: Semaphore,
    /// The maximum number of kept connections: the rest stays in the pool, for the ORM and the queue.
    max_kept: usize,
    kept: Mutex<Vec<Kept>>,
}

/// A connection that may be kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub conn: PoolConnection<Postgres>,
    since: Instant,
}

impl StatementPool {
    /// Uses up to three quarters of the pool's connections.
    pub fn new(pool: &PgPool) -> Self {
        let all = pool.options().get_max_connections() as usize;
        let share = (all * 3 / 4).max(1);
        let inner = Arc::new(Inner {
            pool: pool.clone(),
            turns: Semaphore::new(share),
            max_kept: share,
            kept: Mutex::default(),
        });
        tokio::spawn(give_back(Arc::downgrade(&inner)));
        Self(inner)
    }

    /// Runs a statement and returns its rows. A read whose kept connection was lost, for example by
    /// a restart of the database, is retried on a new one.
    pub async fn rows(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (mut kept, _turn) = self.take().await?;
        let mut rows = query(statement).fetch_all(&mut *kept.conn).await;
        if let Err(error) = &rows
            && is_lost(error)
        {
            self.forget();
            if statement.sql.starts_with("SELECT ") {
                // The lost connections count until they are closed.
                drop(kept);
                kept = self.pinged().await?;
                rows = query(statement).fetch_all(&mut *kept.conn).await;
            }
        }
        let rows = rows.map_err(|e| DbErr::Query(runtime(e)))?;
        self.keep(kept);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// Runs a statement and returns what it did.
    pub async fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let (mut kept, _turn) = self.take().await?;
        let done = query(statement)
            .execute(&mut *kept.conn)
            .await
            .inspect_err(|error| {
                if is_lost(error) {
                    self.forget();
                }
            })
            .map_err(|e| DbErr::Exec(runtime(e)))?;
        self.keep(kept);
        Ok(done.into())
    }

    async fn take(&self) -> Result<(Kept, SemaphorePermit<'_>), DbErr> {
        let turn = tokio::time::timeout(PATIENCE, self.0.turns.acquire())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        Ok((self.lend().await?, turn))
    }

    /// A connection outside of any transaction: a kept one, otherwise one from the pool. It must be
    /// given to [`Self::keep`] only after success, and returns to the pool when it is dropped.
    pub async fn lend(&self) -> Result<Kept, DbErr> {
        let kept = self.0.kept.lock().pop();
        match kept.filter(Kept::is_fresh) {
            Some(kept) => Ok(kept),
            None => self.fresh().await,
        }
    }

    /// A connection from the pool, which was checked when it was last returned.
    async fn fresh(&self) -> Result<Kept, DbErr> {
        let conn = self.0.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            error => DbErr::Conn(runtime(error)),
        })?;
        let since = Instant::now();
        Ok(Kept { conn, since })
    }

    /// A connection from the pool that responds to a ping: idle ones may be lost as well.
    pub async fn pinged(&self) -> Result<Kept, DbErr> {
        loop {
            let mut kept = self.fresh().await?;
            if kept.conn.ping().await.is_ok() {
                return Ok(kept);
            }
            // Detached, so that it does not return to the pool.
            drop(kept.conn.detach());
        }
    }

    /// Returns all kept connections to the pool: if one was lost, the others may be, too.
    pub fn forget(&self) {
        let all = std::mem::take(&mut *self.0.kept.lock());
        drop(all);
    }

    /// Keeps a connection, unless it is better returned to the pool.
    pub fn keep(&self, kept: Kept) {
        if kept.is_fresh() && !self.is_exhausted() {
            let mut all = self.0.kept.lock();
            // Checked under the lock, so that no connection is kept after `close` emptied the list.
            if !self.0.turns.is_closed() && all.len() < self.0.max_kept {
                all.push(kept);
            }
        }
    }

    /// Whether the pool has no connection left, so that others may be waiting for one there.
    fn is_exhausted(&self) -> bool {
        let pool = &self.0.pool;
        pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
    }

    /// Returns all connections to the pool; those in use return when their statements end.
    pub fn close(&self) {
        let mut all = self.0.kept.lock();
        self.0.turns.close();
        all.clear();
    }
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < TERM
    }
}

/// Returns expired connections to the pool, where transactions can use them.
async fn give_back(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(TERM).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.kept.lock().retain(Kept::is_fresh);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Returning a connection to its pool needs a task. Without a runtime it is closed instead.
        if tokio::runtime::Handle::try_current().is_err() {
            for kept in self.kept.get_mut().drain(..) {
                drop(kept.conn.detach());
            }
        }
    }
}

/// Whether the connection was lost, as opposed to a refused statement. Class 57 is operator
/// intervention: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P0")),
        _ => false,
    }
}

/// An error of the database, as the ORM wraps it.
pub(super) fn runtime(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}

/// A statement of the ORM, as the driver runs it.
pub(super) fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone();
    sqlx::query_with(
        AssertSqlSafe(statement.sql.as_str()),
        SqlxValues(values.unwrap_or_else(|| sea_orm::Values(Vec::new()))),
    )
}

#[cfg(test)]
mod tests;
