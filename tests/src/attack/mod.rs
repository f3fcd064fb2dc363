//! Attacks of one organization on another and on the server, each with a measurement.
//!
//! The attacks use real processes, one attack at a time. Short versions run with the other tests;
//! the full sizes run with `FLOWMASON_TEST_FULL=1`, and against a release build with `cargo xtask
//! attack`.

mod memory;
mod sockets;
mod starts;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::system::{
    events::Events,
    process::{Caller, Error, Server},
};

/// Allows one attack at a time: measurements during another attack would be meaningless.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Whether attacks run at full size.
fn full() -> bool {
    std::env::var("FLOWMASON_TEST_FULL").is_ok_and(|value| value == "1")
}

/// How long the start of a run may take during an attack by another organization.
const BOUND: Duration = Duration::from_secs(2);
/// The same for the short version, which runs beside other tests: only the median of a few starts
/// must stay within the bound.
const HARD: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);

/// A pipeline of these stages.
fn source(stages: Value) -> Value {
    json!({ "name": "attack", "version": "1.0.0", "stages": stages })
}

/// A loop around one stage, with many items at once.
fn each(items: &str, parallel: u32, inner: Value) -> Value {
    json!([
        { "id": "each", "type": "foreach", "config": { "items": items, "parallel": parallel > 1,
            "max_parallel": parallel, "break_on_error": false, "loop_stages": ["inner"] } },
        inner
    ])
}

/// Starts a number of runs, several concurrently.
async fn start_many(
    caller: &Caller,
    host: &str,
    pipeline: &str,
    count: usize,
) -> Result<Vec<String>, Error> {
    let mut runs = Vec::with_capacity(count);
    while runs.len() < count {
        let some = (0..16.min(count - runs.len()))
            .map(|i| caller.start(host, pipeline, json!({ "n": runs.len() + i }), None));
        runs.extend(futures::future::try_join_all(some).await?);
    }
    Ok(runs)
}

/// Measures a few starts, from the request to the end of the first stage.
async fn starts(caller: &Caller, server: &Server, count: usize) -> Result<Vec<Duration>, Error> {
    let stages = json!([
        { "id": "first", "type": "variable_set",
          "config": { "name": "x", "value": "{{ sum([i for i in range(100)]) }}" } },
        { "id": "second", "type": "variable_set", "depends_on": ["first"],
          "config": { "name": "y", "value": "{{upstream.first.value}}" } }
    ]);
    let pipeline = caller.create(&server.host, &source(stages)).await?;
    let mut took = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        let run = caller
            .start(&server.host, &pipeline, json!({}), None)
            .await?;
        let mut events = Events::of(caller, &server.host, &run).await?;
        let first = events.until("stage.succeeded", PATIENCE).await?;
        took.push(first - began);
        events.until("run.finished", PATIENCE).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(took)
}

/// Checks the starts against the bound and returns the measurement as text.
fn judge(what: &str, mut took: Vec<Duration>) -> Result<String, Error> {
    took.sort_unstable();
    let (median, most) = match took.as_slice() {
        [] => return Err("nothing was measured".into()),
        all => (all[all.len() / 2], all[all.len() - 1]),
    };
    let figure = format!(
        "{what}: another's start takes {} ms (most {} ms)",
        median.as_millis(),
        most.as_millis()
    );
    let held = match full() {
        true => most <= BOUND,
        false => median <= BOUND && most <= HARD,
    };
    if held { Ok(figure) } else { Err(figure.into()) }
}

/// The peak memory of a process, in MB.
fn peak_memory(process: u32) -> Result<usize, Error> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| {
            rest.trim()
                .trim_end_matches("kB")
                .trim()
                .parse::<usize>()
                .ok()
        });
    Ok(peak.ok_or("no peak")? / 1024)
}

/// Runs an attack while no other one is running.
async fn alone<F: Future<Output = ()>>(attack: impl FnOnce() -> F) {
    let _turn = ALONE.lock().await;
    attack().await;
}
