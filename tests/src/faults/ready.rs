//! Tests of what `/readyz` detects, and of G16: a statement that times out also ends in the
//! database.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait};
use serde_json::{Value, json};

use super::{Setup, on_large, on_small};
use crate::system::process::{Caller, Error, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ready_means_that_every_migration_was_applied_on_sqlite() {
    on_small("readiness", applied).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ready_means_that_every_migration_was_applied_on_postgresql() {
    on_large("readiness", applied).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_a_statement_that_takes_too_long_is_cancelled_in_the_database() {
    on_large("G16", too_long).await;
}

async fn applied(setup: Setup) -> Result<String, Error> {
    let server = setup.launch("").serve(None).await?;
    expect(&server, 200, "").await?;
    let db = Database::connect(setup.place.url()).await?;
    let newest = "(SELECT max(version) FROM seaql_migrations)";
    let last = migrations::names().pop().ok_or("no migrations")?;
    // First a missing migration, then a missing table.
    for (take, give) in [
        (
            format!("UPDATE seaql_migrations SET version = 'x' WHERE version = {newest}"),
            format!("UPDATE seaql_migrations SET version = '{last}' WHERE version = 'x'"),
        ),
        (
            "ALTER TABLE seaql_migrations RENAME TO away".to_owned(),
            "ALTER TABLE away RENAME TO seaql_migrations".to_owned(),
        ),
    ] {
        db.execute_unprepared(&take).await?;
        expect(&server, 503, "migrations").await?;
        db.execute_unprepared(&give).await?;
        expect(&server, 200, "").await?;
    }
    db.close().await?;
    Ok("missing migrations are detected".to_owned())
}

async fn expect(server: &Server, status: u16, missing: &str) -> Result<(), Error> {
    components::http::install_crypto();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client
        .get(format!("http://{}/readyz", server.host))
        .send()
        .await?;
    let (got, json) = (answer.status().as_u16(), answer.json::<Value>().await?);
    let said = json["missing"].as_str().unwrap_or_default();
    if got != status || !said.starts_with(missing) {
        return Err(format!("{got} {json}, not {status} {missing}").into());
    }
    Ok(())
}

async fn too_long(setup: Setup) -> Result<String, Error> {
    let launch = setup.launch("").with("FLOWMASON_STATEMENT_TIMEOUT_MS", 400);
    let server = launch.serve(None).await?;
    let caller = Caller::first(&server).await?;
    let source = json!({ "name": "nap", "version": "1.0.0", "stages": [
        { "id": "nap", "type": "wait", "config": { "seconds": 0.5 } } ] });
    let pipeline = caller.create(&server.host, &source).await?;
    let run = caller
        .start(&server.host, &pipeline, json!({}), None)
        .await?;
    let owner = Database::connect(setup.place.url()).await?;
    let lock = owner.begin().await?;
    lock.execute_unprepared("LOCK TABLE pipelines IN ACCESS EXCLUSIVE MODE")
        .await?;
    let list = "query { pipelines(first: 5) { edges { node { id } } } }";
    // More attempts than there are connections, since each must be returned clean.
    for turn in 0..20 {
        let before = Instant::now();
        let Err(error) = caller.data(&server.host, list, json!({})).await else {
            return Err("the list was read past a lock".into());
        };
        let (error, took) = (error.to_string(), before.elapsed());
        if !error.contains("\"TIMEOUT\"") || took > Duration::from_secs(5) {
            return Err(format!("try {turn}, after {took:?}: {error}").into());
        }
    }
    if waiting(&owner).await? > 0 {
        return Err("statements still wait in the database".into());
    }
    lock.rollback().await?;
    caller.data(&server.host, list, json!({})).await?;
    let state = caller
        .finished(&server.host, &[run], Duration::from_secs(10))
        .await?;
    if state != ["SUCCEEDED"] {
        return Err(format!("a run beside it: {state:?}").into());
    }
    owner.close().await?;
    Ok("20 statements ended, 16 connections work".to_owned())
}

/// The number of the API's statements that are still running.
async fn waiting(db: &DatabaseConnection) -> Result<i64, Error> {
    let sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() \
               AND wait_event_type = 'Lock' AND query LIKE '%pipelines%'";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.ok_or("no row")?.try_get("", "n")?)
}
