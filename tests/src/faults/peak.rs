//! Memory is returned after a peak: the process does not keep the memory that many large runs
//! needed.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Setup, full, on_small};
use crate::system::process::{Caller, Error};

const PATIENCE: Duration = Duration::from_secs(60);
/// The memory that the process may keep: plans, and the page caches of the database connections of
/// the API and the worker. It does not grow with further peaks.
const KEPT: u64 = 176 << 20;
/// How long the return of memory may take.
const SOON: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_memory_is_returned_after_a_peak() {
    on_small("memory after a peak", story).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let server = setup.launch("").serve(None).await?;
    let caller = Caller::first(&server).await?;
    // Each run holds several copies of its input's rows.
    let source = json!({ "name": "peak", "version": "1.0.0", "stages": [
        { "id": "copy", "type": "json_transform", "config": {
            "data": "{{input.rows}}", "template": { "rows": "{{ [[r, r] for r in data] }}" } } },
        { "id": "again", "type": "json_transform", "depends_on": ["copy"], "config": {
            "data": "{{upstream.copy.rows}}", "template": { "count": "{{len(data)}}" } } },
        { "id": "stay", "type": "wait", "depends_on": ["copy"], "config": { "seconds": 0.9 } } ] });
    let pipeline = caller.create(&server.host, &source).await?;
    let rows: Vec<_> = (0..6_000)
        .map(|n| json!({ "n": n, "text": "x".repeat(60) }))
        .collect();
    let input = json!({ "rows": rows });
    let idle = server.memory()?;
    let mut peak = idle;
    for _ in 0..if full() { 2 } else { 1 } {
        let starts = (0..24).map(|_| caller.start(&server.host, &pipeline, input.clone(), None));
        let runs = futures::future::try_join_all(starts).await?;
        let done = caller.finished(&server.host, &runs, PATIENCE);
        let mut done = std::pin::pin!(done);
        loop {
            tokio::select! {
                states = &mut done => {
                    let states = states?;
                    if let Some(state) = states.iter().find(|state| *state != "SUCCEEDED") {
                        return Err(format!("a run is {state}").into());
                    }
                    break;
                }
                () = tokio::time::sleep(Duration::from_millis(20)) => {
                    peak = peak.max(server.memory()?);
                }
            }
        }
    }
    let begin = Instant::now();
    let mut after = server.memory()?;
    while after > idle + KEPT && begin.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(200)).await;
        after = server.memory()?;
    }
    let mib = |bytes: u64| bytes >> 20;
    let figures = format!(
        "idle {} MiB, peak {}, then {}",
        mib(idle),
        mib(peak),
        mib(after)
    );
    if after > idle + KEPT {
        return Err(figures.into());
    }
    Ok(figures)
}
