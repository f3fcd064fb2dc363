//! Single statements of PostgreSQL, outside of transactions, on connections that stay with them.
//!
//! A connection that returns to the pool is checked twice: by the rule of [`super::clean`] and by
//! the pool's own ping. That is two more round trips, and for a read that takes as long as one they
//! are most of the work. A statement that succeeded outside of a transaction leaves nothing open,
//! since PostgreSQL commits it by itself. So its connection is kept here and runs the next one at
//! once. After an error, when its caller goes away, and after [`TERM`], used or not, it returns to
//! the pool and is checked there.
//!
//! Statements that begin, end or configure a transaction do not belong here.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{ConnAcquireErr, DbErr, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Connection as _, PgPool, Postgres, pool::PoolConnection, query::Query};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a connection is kept before the pool sees it again.
const TERM: Duration = Duration::from_secs(10);

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs single statements. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct StatementPool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    /// So many at a time: the rest of the pool is for transactions.
    turns: Semaphore,
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    conn: PoolConnection<Postgres>,
    since: Instant,
}

impl StatementPool {
    /// Up to three quarters of the pool's connections.
    pub fn new(pool: &PgPool) -> Self {
        let all = pool.options().get_max_connections() as usize;
        let inner = Arc::new(Inner {
            pool: pool.clone(),
            turns: Semaphore::new((all * 3 / 4).max(1)),
            kept: Mutex::default(),
        });
        tokio::spawn(give_back(Arc::downgrade(&inner)));
        Self(inner)
    }

    /// Runs a statement and gives its rows. A read whose kept connection was lost, as by a restart
    /// of the database, is sent again on a new one.
    pub async fn rows(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (mut kept, _turn) = self.take().await?;
        let mut rows = query(statement).fetch_all(&mut *kept.conn).await;
        if let Err(error) = &rows
            && is_lost(error)
        {
            self.forget();
            if statement.sql.starts_with("SELECT ") {
                kept = self.pinged().await?;
                rows = query(statement).fetch_all(&mut *kept.conn).await;
            }
        }
        let rows = rows.map_err(|e| DbErr::Query(runtime(e)))?;
        self.keep(kept);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
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
        Ok(done.rows_affected())
    }

    async fn take(&self) -> Result<(Kept, SemaphorePermit<'_>), DbErr> {
        let turn = tokio::time::timeout(PATIENCE, self.0.turns.acquire())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let kept = self.0.kept.lock().pop();
        let kept = match kept.filter(Kept::is_fresh) {
            Some(kept) => kept,
            None => self.fresh().await?,
        };
        Ok((kept, turn))
    }

    /// A connection of the pool, which was checked when it came back to it.
    async fn fresh(&self) -> Result<Kept, DbErr> {
        let conn = self.0.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            error => DbErr::Conn(runtime(error)),
        })?;
        let since = Instant::now();
        Ok(Kept { conn, since })
    }

    /// A connection that answers: those that the pool keeps may be lost as well.
    async fn pinged(&self) -> Result<Kept, DbErr> {
        loop {
            let mut kept = self.fresh().await?;
            if kept.conn.ping().await.is_ok() {
                return Ok(kept);
            }
            // So that the pool does not lend it again.
            drop(kept.conn.detach());
        }
    }

    /// What happened to one connection happened to the others: none is used unchecked.
    fn forget(&self) {
        let all = std::mem::take(&mut *self.0.kept.lock());
        drop(all);
    }

    fn keep(&self, kept: Kept) {
        if kept.is_fresh() {
            let mut all = self.0.kept.lock();
            // Looked at under the lock, so that none is kept after `close` emptied it.
            if !self.0.turns.is_closed() {
                all.push(kept);
            }
        }
    }

    /// Gives all connections back to the pool, and those in use when their statements end.
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

/// Gives connections that nothing needs any more back to the pool, where transactions find them.
async fn give_back(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(TERM).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.kept.lock().retain(Kept::is_fresh);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A connection returns to its pool by a task; where no runtime is left, it is closed.
        if tokio::runtime::Handle::try_current().is_err() {
            for kept in self.kept.get_mut().drain(..) {
                drop(kept.conn.detach());
            }
        }
    }
}

/// Whether the connection is gone, rather than the statement refused. Class 57 is an operator's
/// intervention: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P0")),
        _ => false,
    }
}

fn runtime(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}

fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone();
    sqlx::query_with(
        AssertSqlSafe(statement.sql.as_str()),
        SqlxValues(values.unwrap_or_else(|| sea_orm::Values(Vec::new()))),
    )
}

#[cfg(test)]
mod tests;
