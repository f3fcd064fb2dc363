//! The kill test on each backend: 10 kills, 50 with `FLOWMASON_TEST_FULL=1`.

use sea_orm::{ConnectionTrait, Database};

use super::{Backend, Settings, run};
use crate::program;

fn kills() -> u32 {
    let full = std::env::var("FLOWMASON_TEST_FULL").is_ok_and(|value| value == "1");
    if full { 50 } else { 10 }
}

/// Reports that the test is skipped. With `CI=true`, this is a failure.
fn skipped(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    eprintln!("skipped: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d01_v1_to_v8_sigkill_on_sqlite() {
    let Some(program) = program() else {
        return skipped("FLOWMASON_BIN is not set and no flowmason is built");
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        program,
        backend: Backend::Sqlite,
        folder: folder.path().to_path_buf(),
        kills: kills(),
    };
    match run(settings).await {
        Ok(report) => crate::say(&format!("SQLite: {report}")),
        Err(error) => panic!("{error}\n{}", log(folder.path())),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d01_v1_to_v8_sigkill_on_postgresql_and_redis() {
    let Some(program) = program() else {
        return skipped("FLOWMASON_BIN is not set and no flowmason is built");
    };
    let server = std::env::var("FLOWMASON_TEST_POSTGRES");
    let (Ok(server), Ok(redis)) = (server, std::env::var("FLOWMASON_TEST_REDIS")) else {
        return skipped("FLOWMASON_TEST_POSTGRES and FLOWMASON_TEST_REDIS are not set");
    };
    let name = format!("kill_test_{}", uuid::Uuid::new_v4().simple());
    let admin = Database::connect(&server).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        program,
        backend: Backend::Postgres {
            url: format!("{base}/{name}"),
            redis,
        },
        folder: folder.path().to_path_buf(),
        kills: kills(),
    };
    let result = run(settings).await;
    admin
        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    match result {
        Ok(report) => crate::say(&format!("PostgreSQL: {report}")),
        Err(error) => panic!("{error}\n{}", log(folder.path())),
    }
}

/// The end of the processes' log.
fn log(folder: &std::path::Path) -> String {
    let text = std::fs::read_to_string(folder.join("test.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
