//! Faults at chosen moments, each followed by the checker. Faults at random moments are in `kill`.

mod cancel;
mod cut;
mod disk_full;
mod grace;
mod killed_draft;
mod killed_job;
mod peak;
mod ready;
mod restart;
mod stopped;
mod storm;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    checker::{self, Knowledge},
    program,
    system::{
        place::Place,
        process::{Error, Launch},
        sink::Sink,
    },
};

/// The program's path. `None` after a message that the test is skipped, which is a failure with
/// `CI=true`.
fn program_or_skip() -> Option<std::path::PathBuf> {
    let program = program();
    if program.is_none() {
        skipped("FLOWMASON_BIN is not set and no flowmason is built");
    }
    program
}

pub(crate) fn skipped(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    eprintln!("skipped: {what}");
}

/// Whether the long versions of tests are requested.
fn full() -> bool {
    std::env::var("FLOWMASON_TEST_FULL").is_ok_and(|value| value == "1")
}

/// Runs a test on PostgreSQL and Redis, and prints the processes' log if it fails.
pub(crate) async fn on_large<F: Future<Output = Result<String, Error>>>(
    what: &str,
    test: impl FnOnce(Setup) -> F,
) {
    let Some(program) = program_or_skip() else {
        return;
    };
    let Some(place) = Place::large().await.unwrap() else {
        return skipped("FLOWMASON_TEST_POSTGRES and FLOWMASON_TEST_REDIS are not set");
    };
    on(what, place, program, test).await;
}

/// The same on SQLite.
pub(crate) async fn on_small<F: Future<Output = Result<String, Error>>>(
    what: &str,
    test: impl FnOnce(Setup) -> F,
) {
    let Some(program) = program_or_skip() else {
        return;
    };
    on(what, Place::small().unwrap(), program, test).await;
}

/// The environment of a test.
pub(crate) struct Setup {
    program: std::path::PathBuf,
    pub(crate) place: std::sync::Arc<Place>,
}

impl Setup {
    pub(crate) fn launch(&self, sink: &str) -> Launch {
        self.place.launch(self.program.clone(), sink)
    }
}

async fn on<F: Future<Output = Result<String, Error>>>(
    what: &str,
    place: Place,
    program: std::path::PathBuf,
    test: impl FnOnce(Setup) -> F,
) {
    let place = std::sync::Arc::new(place);
    let setup = Setup {
        program,
        place: place.clone(),
    };
    let limit = Duration::from_secs(120);
    let result = tokio::time::timeout(limit, test(setup)).await;
    let log = place.log();
    if let Ok(place) = std::sync::Arc::try_unwrap(std::sync::Arc::clone(&place)) {
        place.drop().await.unwrap();
    }
    match result {
        Ok(Ok(report)) => crate::say(&format!("{what}: {report}")),
        Ok(Err(error)) => panic!("{what}: {error}\n{log}"),
        Err(_) => panic!("{what}: did not end within {limit:?}\n{log}"),
    }
}

/// Runs the checker on a database, with the calls that `sink` received.
async fn run_checker(
    url: &str,
    sink: &Sink,
    mut known: Knowledge,
) -> Result<checker::Evidence, Error> {
    known.calls = sink.calls().await;
    known.least_starts = known.acknowledged.len();
    let evidence = checker::read_evidence(url).await?;
    let found = checker::violations(&evidence, &known);
    if known.acknowledged.is_empty() {
        return Err("V12 nothing was started".into());
    }
    if found.is_empty() {
        Ok(evidence)
    } else {
        Err(found.join("\n").into())
    }
}

/// A stage that posts to the sink, with the run's label and its own name.
fn effect(sink: &Sink, id: &str, before: &[&str]) -> Value {
    json!({ "id": id, "type": "http_request", "depends_on": before,
        "retry_config": { "max_retries": 5, "initial_delay_ms": 100 },
        "config": { "url": format!("http://{}/effect", sink.address), "method": "POST",
                    "body": { "run": "{{input.run}}", "stage": id } } })
}
