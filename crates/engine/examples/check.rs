//! Measures reading, checking and compiling a large file, compared with a plain parse of the same
//! JSON (case I10): `cargo run --release -p engine --example check [STAGES]`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "prints its results"
)]

use std::{hint::black_box, time::Instant};

use engine::{
    Value,
    check::check,
    component::{Registry, StageContext, StageError},
    model::Pipeline,
    operator,
    plan::Plan,
};

/// Passes its input on.
#[operator]
fn logger(_ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    Ok(input)
}

/// A file of stages with ten dependencies each; `message` gives the text of a stage.
fn file(stages: usize, message: impl Fn(usize) -> String) -> String {
    let list: Vec<String> = (0..stages)
        .map(|n| {
            let names: Vec<String> = (n.saturating_sub(10)..n)
                .map(|other| format!("\"stage-{other}\""))
                .collect();
            format!(
                r#"{{"id":"stage-{n}","type":"logger","depends_on":[{}],"config":{{"message":"{}"}}}}"#,
                names.join(","),
                message(n)
            )
        })
        .collect();
    format!(r#"{{"name":"p","stages":[{}]}}"#, list.join(","))
}

fn main() {
    let stages = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(10_000);
    let registry = Registry::new([&LOGGER]);
    let back = |n: usize| n.saturating_sub(5);
    let files = [
        (
            "plain paths",
            file(stages, |n| match n {
                0 => String::new(),
                n => format!("{{{{upstream.stage-{}.x}}}}", back(n)),
            }),
        ),
        (
            "expressions",
            file(stages, |n| match n {
                0 => String::new(),
                n => format!(
                    "a {{{{upstream.stage-{}.x or len(input.items) + {n}}}}} b",
                    back(n)
                ),
            }),
        ),
        (
            "wrong names",
            file(stages, |n| format!("{{{{upstream.stge-{n}.x}}}}")),
        ),
    ];
    for (what, text) in &files {
        let start = Instant::now();
        let _ = black_box(serde_json::from_str::<serde_json::Value>(text));
        let json = start.elapsed();
        let start = Instant::now();
        let Ok(pipeline) = Pipeline::parse(text.as_str(), &registry) else {
            return;
        };
        let parsed = start.elapsed();
        let start = Instant::now();
        let found = check(&pipeline, &registry);
        let checked = start.elapsed();
        let start = Instant::now();
        let plan = Plan::compile(&pipeline, &registry);
        let compiled = start.elapsed();
        println!(
            "{what}: {} bytes, serde_json {json:.1?}, parse {parsed:.1?}, check {checked:.1?} \
             ({} findings), plan {compiled:.1?} ({}), all {:.1} times serde_json",
            text.len(),
            found.len(),
            if plan.is_ok() { "sound" } else { "refused" },
            (parsed + checked + compiled).as_secs_f64() / json.as_secs_f64()
        );
    }
}
