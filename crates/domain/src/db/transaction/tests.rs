//! What a transaction on PostgreSQL leaves behind, however it ends.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use types::OrgId;

use crate::{
    Db,
    db::Tx,
    testing::{self, TestApp},
};

const STATE: &str = "SELECT pg_backend_pid() AS pid, current_user::text AS role, \
    current_setting('app.orgs', true) AS orgs";

async fn begin(db: &Db) -> Tx {
    db.begin(&[OrgId(uuid::Uuid::from_u128(7))]).await.unwrap()
}

/// The process, the role and the visible organizations of a transaction.
async fn state(tx: &Tx) -> (i32, String, String) {
    read(&tx.query_one(STATE, []).await.unwrap().unwrap())
}

fn read(row: &sea_orm::QueryResult) -> (i32, String, String) {
    let orgs: Option<String> = row.try_get("", "orgs").unwrap();
    (
        row.try_get("", "pid").unwrap(),
        row.try_get("", "role").unwrap(),
        orgs.unwrap_or_default(),
    )
}

/// The statement that ran last on the connection of this process, read by the database's owner.
async fn last_statement(test: &TestApp, process: i32) -> String {
    let url = test.owner_url.clone().unwrap();
    let owner = Database::connect(url).await.unwrap();
    let sql = format!("SELECT query FROM pg_stat_activity WHERE pid = {process}");
    let statement = Statement::from_string(owner.get_database_backend(), sql);
    let row = owner.query_one_raw(statement).await.unwrap().unwrap();
    owner.close().await.unwrap();
    row.try_get("", "query").unwrap()
}

#[tokio::test]
async fn nothing_runs_after_the_commit_and_the_next_transaction_has_the_same_connection() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let tx = begin(db).await;
    let (process, role, orgs) = state(&tx).await;
    assert_eq!(role, "flowmason_app");
    assert_eq!(orgs, "{00000000-0000-0000-0000-000000000007}");
    tx.commit().await.unwrap();
    assert_eq!(last_statement(&test, process).await, "COMMIT");
    for _ in 0..5 {
        let tx = begin(db).await;
        assert_eq!(state(&tx).await.0, process);
        tx.commit().await.unwrap();
    }
    let tx = begin(db).await;
    assert_eq!(state(&tx).await.0, process);
    tx.rollback().await.unwrap();
    assert_eq!(last_statement(&test, process).await, "ROLLBACK");
    test.close().await;
}

#[tokio::test]
async fn the_organizations_and_the_role_of_a_transaction_end_with_it() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    for commits in [true, false] {
        let tx = db.begin_system().await.unwrap();
        let (process, role, _) = state(&tx).await;
        assert_eq!(role, "flowmason_system");
        match commits {
            true => tx.commit().await.unwrap(),
            false => tx.rollback().await.unwrap(),
        }
        let tx = begin(db).await;
        assert_eq!(state(&tx).await.0, process);
        tx.commit().await.unwrap();
        let row = db.query_one(db.statement(STATE, [])).await.unwrap();
        let after = read(&row.unwrap());
        assert_eq!(after, (process, "flowmason_app".to_owned(), String::new()));
    }
    test.close().await;
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_connection_is_used_again() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    // More often than the pool has connections.
    for _ in 0..20 {
        let tx = begin(db).await;
        tx.execute("SELECT set_config('app.probe', 'left', false)", [])
            .await
            .unwrap();
        drop(tx);
    }
    let row = db
        .query_one(db.statement("SELECT current_setting('app.probe', true) AS probe", []))
        .await
        .unwrap()
        .unwrap();
    let probe: Option<String> = row.try_get("", "probe").unwrap();
    assert_eq!(probe.unwrap_or_default(), "");
    test.close().await;
}

#[tokio::test]
async fn a_transaction_begins_although_the_kept_connections_were_lost() {
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let db = test.app.db();
    let tx = begin(db).await;
    let process = state(&tx).await.0;
    tx.commit().await.unwrap();
    let owner = Database::connect(test.owner_url.clone().unwrap())
        .await
        .unwrap();
    let end = format!("SELECT pg_terminate_backend({process})");
    owner.execute_unprepared(&end).await.unwrap();
    owner.close().await.unwrap();
    // The server closes the connection a moment later.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let tx = begin(db).await;
    assert_ne!(state(&tx).await.0, process);
    tx.commit().await.unwrap();
    test.close().await;
}
