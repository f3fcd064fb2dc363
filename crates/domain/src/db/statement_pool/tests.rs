//! When the connections of single statements are kept on PostgreSQL, and when they are returned.

use sea_orm::{ConnectionTrait, Statement};
use types::OrgId;

use crate::{Db, testing};

fn asks(db: &Db, sql: &str) -> Statement {
    db.statement(sql, [])
}

async fn process(db: &Db) -> i32 {
    let row = db.query_one(asks(db, "SELECT pg_backend_pid()")).await;
    row.unwrap().unwrap().try_get("", "pg_backend_pid").unwrap()
}

#[tokio::test]
async fn a_successful_statement_leaves_its_connection_to_the_next_one() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let first = process(db).await;
    for _ in 0..20 {
        assert_eq!(process(db).await, first);
    }
    test.close().await;
}

#[tokio::test]
async fn after_an_error_or_a_dropped_future_connections_are_clean() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    for _ in 0..10 {
        db.query_all(asks(db, "SELECT 1 / 0")).await.unwrap_err();
        let slow = db.query_all(asks(db, "SELECT pg_sleep(0.2)"));
        let gone = tokio::time::timeout(std::time::Duration::from_millis(5), slow).await;
        assert!(gone.is_err(), "the future is dropped in between");
        assert!(process(db).await > 0);
    }
    test.close().await;
}

#[tokio::test]
async fn reads_go_on_after_the_database_ended_the_kept_connections() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let tx = db.begin(&[OrgId(uuid::Uuid::nil())]).await.unwrap();
    let several = (0..3).map(|_| db.query_all(asks(db, "SELECT pg_sleep(0.05)")));
    futures::future::join_all(several).await;
    let kept = process(db).await;
    // As the user that signed in, who owns all of these connections.
    tx.conn()
        .execute_unprepared("SET LOCAL ROLE NONE")
        .await
        .unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE pid <> pg_backend_pid() AND datname = current_database() \
                 AND usename = session_user";
    tx.conn().execute_unprepared(end).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..4 {
        // Several at once, so that each kept connection is tried.
        for used in futures::future::join_all((0..3).map(|_| process(db))).await {
            assert_ne!(used, kept);
        }
    }
    test.close().await;
}

#[tokio::test]
async fn statements_leave_room_for_transactions_however_many_there_are() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let slow = (0..20).map(|_| db.query_all(asks(db, "SELECT pg_sleep(0.2)")));
    let slow = futures::future::join_all(slow);
    let soon = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let start = std::time::Instant::now();
        let tx = db.begin(&[OrgId(uuid::Uuid::nil())]).await.unwrap();
        tx.conn().execute_unprepared("SELECT 1").await.unwrap();
        tx.commit().await.unwrap();
        start.elapsed()
    };
    let (done, took) = tokio::join!(slow, soon);
    assert!(done.into_iter().all(|one| one.is_ok()));
    assert!(took < std::time::Duration::from_millis(600), "{took:?}");
    test.close().await;
}

#[tokio::test]
async fn a_setting_of_one_statement_is_gone_with_it() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let set = "SELECT set_config('app.orgs', '{}', true)";
    db.query_all(asks(db, set)).await.unwrap();
    let read = asks(db, "SELECT current_setting('app.orgs', true) AS orgs");
    let row = db.query_one(read).await.unwrap().unwrap();
    let orgs: Option<String> = row.try_get("", "orgs").unwrap();
    assert_eq!(orgs.unwrap_or_default(), "");
    test.close().await;
}
