//! Measures the time of expressions: `cargo run --release -p engine --example expressions`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "prints its results"
)]

use std::{hint::black_box, time::Instant};

use chrono::{DateTime, Utc};
use engine::{
    Value,
    expr::{Budget, Expr, Names, Scope},
};
use indexmap::IndexMap;

struct World(Value);

impl Scope for World {
    fn input(&self) -> &Value {
        &self.0
    }
    fn stage(&self, _: u32) -> Option<Value> {
        Some(self.0.clone())
    }
    fn context(&self, _: &str) -> Option<Value> {
        None
    }
    fn env(&self, _: &str) -> Option<Value> {
        None
    }
    fn local(&self, _: &str) -> Option<Value> {
        None
    }
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

fn main() {
    let stages: IndexMap<String, u32> = [("my-stage".to_owned(), 0)].into_iter().collect();
    let rows = "{\"v\":1},".repeat(100);
    let json =
        format!("{{\"a\":{{\"b\":[1,{{\"c\":\"text\"}}]}},\"n\":5,\"rows\":[{rows}{{\"v\":2}}]}}");
    let Ok(input) = Value::parse_json(&json) else {
        return;
    };
    let world = World(input);
    for text in [
        "input.n",
        "upstream.my-stage.a.b[1].c",
        "input.nope or 'web'",
        "input.n > 3 and input.a.b[0] == 1",
        "'ID-' + str(input.n)",
        "len([r for r in input.rows if r.v > 1])",
        "sum(x for x in range(10**9))",
        "(lambda f: f(f))(lambda f: [f(f) for x in range(9)])",
    ] {
        let start = Instant::now();
        let expr = match Expr::compile(text, &Names::of_stages(&stages)) {
            Ok(expr) => expr,
            Err(error) => {
                println!("{text}: {error}");
                continue;
            }
        };
        let compiled = start.elapsed();
        let rounds = if text.contains("range") { 1 } else { 20_000 };
        let start = Instant::now();
        let mut steps = 0;
        for _ in 0..rounds {
            let mut budget = Budget::standard();
            let _ = black_box(expr.eval(black_box(&world), &mut budget));
            steps = budget.fuel_used();
        }
        println!(
            "{:>10.3?} {steps:>8} steps (compiled in {compiled:.0?})  {text}",
            start.elapsed() / rounds
        );
    }
}
