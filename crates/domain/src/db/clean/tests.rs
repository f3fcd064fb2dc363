//! After each of these faults, every connection of the pool is clean, and commits through the pool
//! reach the database.

use std::{pin::pin, time::Duration};

use futures::FutureExt as _;
use sea_orm::ConnectionTrait;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Pool, Row as _};
use types::{Clock, OrgId};

use super::*;
use crate::{Db, db::Tx, testing};

/// How the use of a connection may end.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The disk is full during a statement, and the caller returns with the error.
    Full,
    /// The disk is full during a statement, and the caller ignores the error and commits.
    FullAndCommit,
    /// A statement fails, and the transaction is dropped.
    Refused,
    /// The transaction ends without the driver's knowledge.
    EndedBySql,
    /// A transaction begins without the driver's knowledge.
    BegunBySql,
    /// The future is dropped while `BEGIN` is in flight.
    BeginDropped,
    /// The future is dropped while a statement is in flight.
    StatementDropped,
    /// The future is dropped while `COMMIT` is in flight.
    CommitDropped,
    /// The second of two statements that begin a transaction fails.
    HalfBegun,
}

const ALL: [Fault; 9] = [
    Fault::Full,
    Fault::FullAndCommit,
    Fault::Refused,
    Fault::EndedBySql,
    Fault::BegunBySql,
    Fault::BeginDropped,
    Fault::StatementDropped,
    Fault::CommitDropped,
    Fault::HalfBegun,
];

#[tokio::test]
async fn a_connection_is_clean_before_it_is_reused_on_sqlite() {
    let test = testing::sqlite().await;
    let db = test.app.db();
    prepare(db).await;
    let pool = db.conn().get_sqlite_connection_pool().clone();
    for fault in ALL {
        for _ in 0..3 {
            happens(db, fault).await;
            if matches!(fault, Fault::BegunBySql | Fault::HalfBegun) {
                let mut conn = pool.acquire().await.unwrap();
                conn.execute("BEGIN IMMEDIATE").await.unwrap();
            }
        }
        judge(db, &pool, fault).await;
    }
}

#[tokio::test]
async fn a_connection_is_clean_before_it_is_reused_on_postgresql() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let owner = sea_orm::Database::connect(test.owner_url.clone().unwrap());
    let owner = owner.await.unwrap();
    owner
        .execute_unprepared("CREATE TABLE probe (n int); GRANT ALL ON probe TO flowmason_app")
        .await
        .unwrap();
    owner.close().await.unwrap();
    let pool = db.conn().get_postgres_connection_pool().clone();
    for fault in ALL {
        for _ in 0..3 {
            happens(db, fault).await;
            if matches!(fault, Fault::BegunBySql) {
                let mut conn = pool.acquire().await.unwrap();
                conn.execute("BEGIN").await.unwrap();
            }
            if matches!(fault, Fault::HalfBegun) {
                let begun = pool.begin_with("BEGIN; SELECT 1 / 0").await;
                assert!(begun.is_err());
            }
        }
        judge(db, &pool, fault).await;
    }
    test.close().await;
}

async fn prepare(db: &Db) {
    let table = "CREATE TABLE probe (n int)";
    db.conn().execute_unprepared(table).await.unwrap();
}

async fn begin(db: &Db) -> Tx {
    db.begin(&[OrgId::new(&Clock::system())]).await.unwrap()
}

async fn happens(db: &Db, fault: Fault) {
    const ADD: &str = "INSERT INTO probe VALUES (-1)";
    match fault {
        Fault::Full | Fault::FullAndCommit => {
            let tx = begin(db).await;
            if db.is_postgres() {
                assert!(tx.execute("SELECT 1 / 0", []).await.is_err());
            } else {
                fill(&tx).await;
            }
            if matches!(fault, Fault::FullAndCommit) {
                let _ = tx.execute("SELECT 1", []).await;
                let _ = tx.commit().await;
            }
        }
        Fault::Refused => {
            let tx = begin(db).await;
            assert!(
                tx.execute("INSERT INTO nowhere VALUES (1)", [])
                    .await
                    .is_err()
            );
        }
        Fault::EndedBySql => {
            let tx = begin(db).await;
            tx.conn().execute_unprepared("ROLLBACK").await.unwrap();
        }
        Fault::BeginDropped => {
            let begun = begin(db);
            let mut begun = pin!(begun);
            // Sent, but the response is not awaited.
            let _ = begun.as_mut().now_or_never();
        }
        Fault::StatementDropped => {
            let tx = begin(db).await;
            let _ = tx.execute(ADD, []).now_or_never();
        }
        Fault::CommitDropped => {
            let tx = begin(db).await;
            let _ = tx.commit().now_or_never();
        }
        // Done by the tests themselves, with SQL of each database.
        Fault::BegunBySql | Fault::HalfBegun => {}
    }
}

/// Causes SQLite's own error for a full disk, by a limit of its pages.
async fn fill(tx: &Tx) {
    let row = tx
        .conn()
        .query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            "PRAGMA page_count",
        ))
        .await
        .unwrap();
    let pages: i64 = row.unwrap().try_get("", "page_count").unwrap();
    let limit = format!("PRAGMA max_page_count = {pages}");
    tx.conn().execute_unprepared(&limit).await.unwrap();
    let grow = "INSERT INTO probe VALUES (zeroblob(1000000))";
    let error = tx.execute(grow, []).await.unwrap_err();
    assert_eq!(
        crate::AppError::from(error).code,
        types::ErrorCode::StorageFull
    );
}

/// Asserts that all connections are clean, and that commits through the pool reach the database.
async fn judge<DB: sqlx::Database>(db: &Db, pool: &Pool<DB>, fault: Fault)
where
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
    for<'c> i64: sqlx::Decode<'c, DB> + sqlx::Type<DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
    for<'q> DB::Arguments: sqlx::IntoArguments<DB>,
{
    // Otherwise some connections would be kept outside of the pool.
    if let Some(kept) = &db.statement_pool {
        kept.forget();
    }
    let size = pool.options().get_max_connections();
    let mut lent = Vec::new();
    for _ in 0..size {
        let conn = tokio::time::timeout(Duration::from_secs(5), pool.acquire()).await;
        let mut conn = conn.unwrap().unwrap();
        assert!(!conn.is_in_transaction(), "{fault:?}");
        assert!(is_clean::<DB>(&mut conn).await.unwrap(), "{fault:?}");
        lent.push(conn);
    }
    drop(lent);
    for n in 0..20 {
        // Every other transaction is dropped, which must not affect the others.
        let tx = begin(db).await;
        tx.execute(&format!("INSERT INTO probe VALUES ({n})"), [])
            .await
            .unwrap();
        if n % 2 == 0 {
            tx.commit().await.unwrap();
        }
    }
    // A separate connection, outside of the pool.
    let mut other = DB::Connection::connect_with(&pool.connect_options())
        .await
        .unwrap();
    let count = sqlx::query(AssertSqlSafe(
        "SELECT count(*) FROM probe WHERE n >= 0".to_owned(),
    ));
    let row = count.fetch_one(&mut other).await.unwrap();
    assert_eq!(row.try_get::<i64, _>(0).unwrap(), 10, "{fault:?}");
    sqlx::query(AssertSqlSafe("DELETE FROM probe".to_owned()))
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
}
