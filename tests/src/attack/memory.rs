//! A run cannot bring down the server or another organization's run: memory and artifacts have
//! limits.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

use super::{Caller, Error, alone, each, full, peak_memory, source, starts};
use crate::{
    faults::{Setup, on_large, on_small},
    program,
};

/// The limits of the test, in MB.
const PROCESS: usize = 400;
const RUN: usize = 150;
const ARTIFACTS: usize = 20;
/// The memory that the program may use besides values, in MB: itself, text in transit, the
/// allocator's reserve.
const BESIDE: usize = 500;

/// A loop with 256 items at a time, whose expressions use nearly the whole limit of one expression.
fn bomb(keeps: bool) -> Value {
    let items = if full() { 1_000 } else { 300 };
    let large = "['x' * 15000000 for i in range(1)][0]";
    let value = match keeps {
        true => format!("{{{{ str(context.item) + {large} }}}}"),
        false => format!("{{{{ len({large}) + context.item }}}}"),
    };
    let inner = json!({ "id": "inner", "type": "variable_set",
        "config": { "name": "x", "value": value } });
    each(
        &format!("{{{{ [i for i in range({items})] }}}}"),
        256,
        inner,
    )
}

/// Each stage returns twice the output of the previous one.
fn doubling() -> Value {
    let stages = (0..24).map(|i| match i {
        0 => json!({ "id": "s0", "type": "variable_set",
            "config": { "name": "v", "value": "{{ 'abcdefgh' * 1000 }}" } }),
        _ => {
            let before = format!("upstream.s{}.value", i - 1);
            json!({ "id": format!("s{i}"), "type": "variable_set",
                "depends_on": [format!("s{}", i - 1)],
                "config": { "name": "v", "value": format!("{{{{ {before} + {before} }}}}") } })
        }
    });
    stages.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_run_on_the_command_line_stays_within_its_memory() {
    alone(|| async {
        let Some(program) = program() else {
            return crate::faults::skipped("FLOWMASON_BIN is not set and no flowmason is built");
        };
        let ends = [
            ("kept", bomb(true), &["MEMORY_LIMIT", "OUTPUT_LIMIT"][..]),
            ("dropped", bomb(false), &[]),
            (
                "doubling",
                doubling(),
                &["OUTPUT_LIMIT", "EXPRESSION_BUDGET"],
            ),
        ];
        for (name, stages, codes) in ends {
            let (code, peak, took) = run(&program, stages);
            crate::say(&format!("{name}: {code:?} {peak} MB {took:?}"));
            match code {
                Some(code) => assert!(codes.contains(&code.as_str()), "{name}: {code}"),
                None => assert!(codes.is_empty() || name == "kept", "{name} succeeded"),
            }
            assert!(peak <= RUN + BESIDE, "{name}: {peak} MB");
        }
    })
    .await;
}

/// Runs a file. Returns its error, if it failed, its peak memory in MB, and its duration.
fn run(program: &std::path::Path, stages: Value) -> (Option<String>, usize, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.pipeline.json");
    std::fs::write(&file, source(stages).to_string()).unwrap();
    let began = Instant::now();
    let mut child = Command::new(program)
        .arg("run")
        .arg(&file)
        .args(["--json", "--input", "{}"])
        .env("FLOWMASON_MEMORY_MB", PROCESS.to_string())
        .env("FLOWMASON_RUN_MEMORY_MB", RUN.to_string())
        .env("FLOWMASON_RUN_ARTIFACTS_MB", ARTIFACTS.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(std::fs::File::create(folder.path().join("out")).unwrap())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak_memory(child.id()).unwrap_or(0).max(peak);
        if began.elapsed() > Duration::from_secs(100) {
            child.kill().unwrap();
            panic!("the program does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let code = status.code();
    assert!(matches!(code, Some(0 | 1)), "the program failed: {status}");
    if code == Some(0) {
        return (None, peak, began.elapsed());
    }
    let out = std::fs::read_to_string(folder.path().join("out")).unwrap();
    let report: Value = serde_json::from_str(&out).unwrap();
    let error = &report["error"]["code"];
    let error = error.as_str().or(report["errors"][0]["code"].as_str());
    let error = error.unwrap_or_else(|| panic!("no code in {out:.500}"));
    (Some(error.to_owned()), peak, began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_runs_that_take_memory_leave_others_alone_on_sqlite() {
    alone(|| on_small("memory beside an attacker on SQLite", story)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_runs_that_take_memory_leave_others_alone_on_postgresql() {
    alone(|| on_large("memory beside an attacker on PostgreSQL", story)).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let launch = setup
        .launch("")
        .with("FLOWMASON_LEASE_MS", 10_000)
        .with("FLOWMASON_MEMORY_MB", PROCESS)
        .with("FLOWMASON_RUN_MEMORY_MB", RUN)
        .with("FLOWMASON_MEMORY_WAIT_SECONDS", 2)
        .with("FLOWMASON_RUN_ARTIFACTS_MB", ARTIFACTS);
    let server = launch.serve(None).await?;
    let [first, second] = Caller::two(&server).await?;
    let host = &server.host;
    let mut bombs = Vec::new();
    for stages in [bomb(true), bomb(false), doubling()] {
        let pipeline = first.create(host, &source(stages)).await?;
        for _ in 0..2 {
            bombs.push(first.start(host, &pipeline, json!({}), None).await?);
        }
    }
    let took = starts(&second, &server, 5).await?;
    let innocent = took.iter().max().copied().unwrap_or_default();
    let states = first
        .finished(host, &bombs, Duration::from_secs(90))
        .await?;
    let peak = peak_memory(server.id()?)?;
    let (artifacts, codes) = written(&setup.place.url(), &bombs).await?;
    let figure = format!(
        "peak {peak} MB, artifacts {artifacts} MB, ends {states:?} {codes:?}, another's start {} ms",
        innocent.as_millis()
    );
    let named = ["MEMORY_LIMIT", "OUTPUT_LIMIT", "EXPRESSION_BUDGET"];
    let well = codes.iter().all(|code| named.contains(&code.as_str()))
        && states[4..].iter().all(|state| state == "FAILED")
        && peak <= PROCESS / 2 * 3 + BESIDE
        && artifacts <= ARTIFACTS * bombs.len();
    if well { Ok(figure) } else { Err(figure.into()) }
}

/// The size of all artifacts in MB, and the error codes of failed runs.
async fn written(url: &str, runs: &[String]) -> Result<(usize, Vec<String>), Error> {
    let db = Database::connect(url).await?;
    let backend = db.get_database_backend();
    let ask = |sql: &str| Statement::from_string(backend, sql.to_owned());
    let sum = "SELECT CAST(coalesce(sum(size), 0) AS bigint) AS bytes FROM artifacts";
    let row = db.query_one_raw(ask(sum)).await?.ok_or("no sum")?;
    let bytes: i64 = row.try_get("", "bytes")?;
    let why = "SELECT error_code FROM runs WHERE error_code IS NOT NULL";
    let rows = db.query_all_raw(ask(why)).await?;
    let codes: Result<Vec<String>, _> = rows
        .iter()
        .map(|row| row.try_get("", "error_code"))
        .collect();
    db.close().await?;
    if runs.is_empty() {
        return Err("V12 nothing was started".into());
    }
    Ok((usize::try_from(bytes)?.div_ceil(1 << 20), codes?))
}
