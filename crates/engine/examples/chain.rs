//! Measures the time per pure stage (benchmark W1m): a chain of `variable_set` stages, each passing
//! on a 100-byte object, and a `foreach` over items with one pure stage each. The engine runs in
//! memory, the plan is already compiled, and events are encoded and dropped.
//!
//! `cargo run --release -p engine --example chain [STAGES]`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "prints its results"
)]

use std::{sync::Arc, time::Instant};

use engine::{
    Value,
    component::{BoxFuture, Directive, ForEach, Registry, StageContext, StageError},
    control_flow,
    model::Pipeline,
    operator,
    plan::Plan,
    run::{Journal, JournalError, MemoryArtifacts, Outcome, RunHost, RunSpec, Segment, drive},
};
use tokio::sync::mpsc;
use types::{Clock, RunId};

/// Sets a variable.
#[operator(sets(text_of(name)))]
fn variable_set(_ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    let value = input.get("value").cloned().unwrap_or_default();
    let name = input
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("x")
        .to_owned();
    let variables: Value = [(name, value.clone())].into_iter().collect();
    Ok([("variables", variables), ("value", value)]
        .into_iter()
        .collect())
}

/// Runs its inner stages once per item.
#[control_flow(
    inner(each, loop_stages = "loop"),
    binds(text_of(item_variable, "item"))
)]
fn foreach(_ctx: &StageContext, input: Value) -> Result<Directive, StageError> {
    Ok(Directive::ForEach(ForEach {
        items: input
            .get("items")
            .and_then(Value::as_list)
            .unwrap_or_default()
            .to_vec(),
        item_variable: "item".to_owned(),
        index_variable: "index".to_owned(),
        parallel: 1,
        collect: true,
        break_on_error: true,
        output: Value::Null,
    }))
}

struct Dropped;

impl Journal for Dropped {
    fn append(&self, segment: Segment) {
        std::hint::black_box(&segment.body);
    }

    fn durable(&self, _: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn chain(stages: usize) -> String {
    let mut list = vec![
        r#"{"id":"s0","component":"variable_set","config":{"name":"v","value":"{{input.object}}"}}"#
            .to_owned(),
    ];
    for at in 1..stages {
        let before = at - 1;
        list.push(format!(
            r#"{{"id":"s{at}","component":"variable_set","depends_on":["s{before}"],
                "config":{{"name":"v","value":"{{{{upstream.s{before}.value}}}}"}}}}"#
        ));
    }
    format!(r#"{{"name":"chain","stages":[{}]}}"#, list.join(","))
}

const LOOP: &str = r#"{"name":"loop","stages":[
    {"id":"each","component":"foreach","config":{"items":"{{input.items}}","loop_stages":["s"]}},
    {"id":"s","component":"variable_set","config":{"name":"v","value":"{{context.item}}"}}]}"#;

/// The time in µs to parse and write 1 KiB of JSON with serde_json's value. The benchmark's limit
/// is relative to it.
fn calibrate() -> f64 {
    let item = r#"{"id":12345,"name":"a name","tags":["x","y","z"],"score":0.25,"on":true}"#;
    let text = format!("[{}]", vec![item; 14].join(","));
    let began = Instant::now();
    let times = 20_000;
    for _ in 0..times {
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        std::hint::black_box(value.to_string());
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(times) * 1024.0 / text.len() as f64
}

async fn measure(name: &str, text: &str, input: &str, stages: usize) {
    let registry = Registry::new([&VARIABLE_SET, &FOREACH]);
    let Ok(pipeline) = Pipeline::parse(text, &registry) else {
        return eprintln!("{name}: does not parse");
    };
    let plan = match Plan::compile(&pipeline, &registry) {
        Ok(plan) => Arc::new(plan),
        Err(wrong) => return eprintln!("{name}: {wrong:#?}"),
    };
    let clock = Clock::system();
    let host = RunHost::new(
        Arc::new(Dropped),
        Arc::new(MemoryArtifacts::default()),
        clock.clone(),
    );
    let input = Value::parse_json(input).unwrap_or_default();
    let runs = (200_000 / stages).max(3);
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        for _ in 0..runs {
            let (_sender, signals) = mpsc::channel(1);
            let spec = RunSpec {
                run_id: RunId::new(&clock),
                plan: plan.clone(),
                input: input.clone(),
                timeout: None,
            };
            match drive(spec, host.clone(), Vec::new(), signals).await {
                Outcome::Finished(result) if result.error.is_none() => {
                    // A wrong result does not count, however fast.
                    if name == "chain" && result.output.get("value") != input.get("object") {
                        return eprintln!("{name}: wrong output {}", result.output.to_json());
                    }
                }
                other => return eprintln!("{name}: {other:?}"),
            }
        }
        times.push(began.elapsed().as_secs_f64() * 1e6 / (runs * stages) as f64);
    }
    times.sort_by(f64::total_cmp);
    let calib = calibrate();
    println!(
        "{name}: {:.2} µs per stage (min {:.2}, max {:.2}); calib {calib:.2} µs, ratio {:.2}",
        times[2],
        times[0],
        times[4],
        times[2] / calib
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let stages = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(100);
    let object = r#"{"id":12345,"name":"a name of some length","tags":["x","y","z"],"score":0.25,"note":"padding text"}"#;
    measure(
        "chain",
        &chain(stages),
        &format!(r#"{{"object":{object}}}"#),
        stages,
    )
    .await;
    let items = vec![object; stages].join(",");
    measure("loop", LOOP, &format!(r#"{{"items":[{items}]}}"#), stages).await;
}
