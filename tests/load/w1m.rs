//! W1m: one run of a chain of 100 `variable_set` stages in memory; microseconds per stage.
//!
//! The plan is compiled beforehand; events are encoded and discarded.

use std::{sync::Arc, time::Instant};

use engine::{
    Value,
    component::BoxFuture,
    model::Pipeline,
    plan::Plan,
    run::{
        Journal, JournalError, MemoryArtifacts, Outcome, RunHost, RunSpec, RunStatus, Segment,
        drive,
    },
};
use serde_json::json;
use tokio::sync::mpsc;
use types::{Clock, RunId};

use crate::{
    Error, Settings,
    figures::{Judge, Ratio, Report},
};

/// A journal that counts bytes and discards them.
struct Dropped;

impl Journal for Dropped {
    fn append(&self, segment: Segment) {
        std::hint::black_box(segment.body.len());
    }

    fn durable(&self, _seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The source of a chain of stages, each of which passes on the previous stage's value.
pub fn chain(length: usize) -> String {
    let stages: Vec<_> = (0..length)
        .map(|n| {
            let (depends, value) = match n.checked_sub(1) {
                None => (vec![], "{{input.object}}".to_owned()),
                Some(before) => (
                    vec![format!("s{before}")],
                    format!("{{{{upstream.s{before}.value}}}}"),
                ),
            };
            json!({ "id": format!("s{n}"), "type": "variable_set", "depends_on": depends,
                    "config": { "name": format!("v{n}"), "value": value } })
        })
        .collect();
    json!({ "name": format!("chain of {length}"), "stages": stages }).to_string()
}

/// An input that contains an object of 100 bytes.
pub fn input() -> serde_json::Value {
    json!({ "object": { "tag": "bench", "number": 42, "ok": true, "text": "x".repeat(52) } })
}

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let registry = components::registry();
    let pipeline = Pipeline::parse(chain(100), &registry).map_err(|e| format!("{e:?}"))?;
    let plan = Arc::new(Plan::compile(&pipeline, &registry).map_err(|e| format!("{e:?}"))?);
    let input = Value::from_json(&input())?;
    let clock = Clock::system();
    let once = async || -> Result<(), Error> {
        let host = RunHost::new(
            Arc::new(Dropped),
            Arc::new(MemoryArtifacts::default()),
            clock.clone(),
        );
        let run_id = RunId::new(&clock);
        let spec = RunSpec {
            run_id,
            plan: plan.clone(),
            input: input.clone(),
            timeout: None,
        };
        let (_keep, signals) = mpsc::channel(1);
        match drive(spec, host, Vec::new(), signals).await {
            Outcome::Finished(result) if result.status == RunStatus::Succeeded => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    };
    for _ in 0..500 {
        once().await?;
    }
    let mut values = Vec::new();
    for _ in 0..settings.repetitions() {
        let rounds = if settings.quick { 1_000 } else { 3_000 };
        let start = Instant::now();
        for _ in 0..rounds {
            once().await?;
        }
        values.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds) / 100.0);
    }
    report.result(
        "W1m",
        values,
        "us/stage",
        Ratio::Over("calib"),
        Judge::AtMost(0.4),
    );
    Ok(())
}
