//! The connection of a transaction, and how a transaction begins and ends on PostgreSQL.
//!
//! A transaction of n statements takes n + 2 round trips: `BEGIN` with its setting, the statements,
//! and `COMMIT`. The ORM's own transaction takes three more: the setting by itself, and, when the
//! connection returns to its pool, the check of [`super::clean`] and the pool's ping. A successful
//! `COMMIT` or `ROLLBACK` ends every transaction and setting, so the connection is kept for the next
//! one (see [`super::statement_pool`]). A transaction that is dropped, or whose end fails, is rolled
//! back, and its connection returns to the pool, which checks it.

use std::sync::{Arc, atomic::AtomicU64};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, prelude::async_trait::async_trait,
};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use tokio::{runtime::Handle, sync::Mutex};

use super::{
    count,
    statement_pool::{Kept, StatementPool, is_lost, query, runtime},
};

/// The connection of a transaction, on which the ORM's statements run.
#[derive(Debug)]
pub struct TxConn(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(DatabaseTransaction),
    Postgres(PgTransaction),
}

#[derive(Debug)]
struct PgTransaction {
    /// Locked by one statement at a time.
    open: Mutex<Open>,
    pool: StatementPool,
    statements: Arc<AtomicU64>,
}

/// The connection of a transaction that has not ended; `None` once it has. Dropping it rolls back.
#[derive(Debug)]
struct Open(Option<Kept>);

impl TxConn {
    /// A transaction that the ORM has begun on SQLite.
    pub(super) fn sqlite(tx: DatabaseTransaction) -> Self {
        Self(Kind::Sqlite(tx))
    }

    /// Begins a transaction on PostgreSQL. `begin` is `BEGIN`, which settings may follow. A kept
    /// connection that was lost, for example by a restart of the database, is replaced.
    pub(super) async fn postgres(
        pool: &StatementPool,
        begin: String,
        statements: &Arc<AtomicU64>,
    ) -> Result<Self, DbErr> {
        let mut open = Open(Some(pool.lend().await?));
        if let Err(error) = open.run(begin.clone()).await? {
            if !is_lost(&error) {
                return Err(DbErr::Query(runtime(error)));
            }
            pool.forget();
            // Before another one is waited for: the lost connections count until they are closed.
            drop(open);
            open = Open(Some(pool.pinged().await?));
            open.run(begin)
                .await?
                .map_err(|error| DbErr::Query(runtime(error)))?;
        }
        Ok(Self(Kind::Postgres(PgTransaction {
            open: Mutex::new(open),
            pool: pool.clone(),
            statements: statements.clone(),
        })))
    }

    /// Commits the transaction.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Kind::Sqlite(tx) => tx.commit().await,
            Kind::Postgres(tx) => tx.end("COMMIT").await,
        }
    }

    /// Rolls back the transaction.
    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self.0 {
            Kind::Sqlite(tx) => tx.rollback().await,
            Kind::Postgres(tx) => tx.end("ROLLBACK").await,
        }
    }
}

impl PgTransaction {
    /// Ends the transaction and keeps its connection.
    async fn end(self, sql: &str) -> Result<(), DbErr> {
        let mut open = self.open.into_inner();
        open.run(sql.to_owned()).await?.map_err(|error| {
            if is_lost(&error) {
                self.pool.forget();
            }
            DbErr::Query(runtime(error))
        })?;
        if let Some(kept) = open.0.take() {
            self.pool.keep(kept);
        }
        Ok(())
    }
}

impl Open {
    fn conn(&mut self) -> Result<&mut PgConnection, DbErr> {
        match &mut self.0 {
            Some(kept) => Ok(&mut *kept.conn),
            None => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
        }
    }

    /// Runs statements without values, in one round trip. The inner error is the database's.
    async fn run(&mut self, sql: String) -> Result<sqlx::Result<()>, DbErr> {
        let done = self.conn()?.execute(AssertSqlSafe(sql)).await;
        Ok(done.map(drop))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(mut kept) = self.0.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(handle) => {
                handle.spawn(async move {
                    // It first waits for what is still in flight, such as a statement whose future
                    // was dropped. If that failed, so does the first attempt. If both fail, the
                    // pool's check closes the connection.
                    for _ in 0..2 {
                        match kept.conn.execute("ROLLBACK").await {
                            Ok(_) => return,
                            Err(error) => {
                                tracing::debug!(cause = %error, "a rollback failed");
                            }
                        }
                    }
                });
            }
            // Without a runtime the process is ending, and the pool cannot take the connection back.
            Err(_) => std::mem::forget(kept),
        }
    }
}

#[async_trait]
impl ConnectionTrait for TxConn {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::Sqlite(tx) => tx.get_database_backend(),
            Kind::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let tx = match &self.0 {
            Kind::Sqlite(tx) => return tx.execute_raw(statement).await,
            Kind::Postgres(tx) => tx,
        };
        count(&tx.statements, &statement);
        let mut open = tx.open.lock().await;
        let done = query(&statement).execute(open.conn()?).await;
        done.map(ExecResult::from)
            .map_err(|error| DbErr::Exec(runtime(error)))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let tx = match &self.0 {
            Kind::Sqlite(tx) => return tx.execute_unprepared(sql).await,
            Kind::Postgres(tx) => tx,
        };
        let mut open = tx.open.lock().await;
        let done = open.conn()?.execute(AssertSqlSafe(sql.to_owned())).await;
        done.map(ExecResult::from)
            .map_err(|error| DbErr::Exec(runtime(error)))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let tx = match &self.0 {
            Kind::Sqlite(tx) => return tx.query_one_raw(statement).await,
            Kind::Postgres(tx) => tx,
        };
        count(&tx.statements, &statement);
        let mut open = tx.open.lock().await;
        let row = query(&statement).fetch_optional(open.conn()?).await;
        row.map(|row| row.map(QueryResult::from))
            .map_err(|error| DbErr::Query(runtime(error)))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let tx = match &self.0 {
            Kind::Sqlite(tx) => return tx.query_all_raw(statement).await,
            Kind::Postgres(tx) => tx,
        };
        count(&tx.statements, &statement);
        let mut open = tx.open.lock().await;
        let rows = query(&statement).fetch_all(open.conn()?).await;
        rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            .map_err(|error| DbErr::Query(runtime(error)))
    }
}

#[cfg(test)]
mod tests;
