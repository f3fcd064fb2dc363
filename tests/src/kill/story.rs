//! Starts runs, kills, starts again, waits, checks.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

use super::{
    pipeline,
    process::{Caller, Error, Launch, Server},
    random::Random,
    sink::Sink,
};
use crate::checker::{self, Knowledge};

/// Which engine, and what it needs.
#[derive(Clone, Debug)]
pub enum Engine {
    /// One process on SQLite: killed and started again.
    Sqlite,
    /// An API and workers on PostgreSQL and Redis: one worker is killed, the other takes over.
    Postgres {
        /// The owner's URL of an empty database.
        url: String,
        /// Redis.
        redis: String,
    },
}

/// What a test of this kind is given.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `flowmason`.
    pub program: PathBuf,
    /// Which engine.
    pub engine: Engine,
    /// An empty folder.
    pub folder: PathBuf,
    /// How many kills.
    pub kills: u32,
}

/// Runs per kill.
const BATCH: usize = 4;

/// The processes of one system.
struct System {
    launch: Launch,
    door: Server,
    /// On PostgreSQL: two workers, killed in turn.
    workers: Vec<Server>,
    turn: usize,
}

impl System {
    async fn start(settings: &Settings, sink: &Sink) -> Result<Self, Error> {
        let engine = match &settings.engine {
            Engine::Sqlite => vec![],
            Engine::Postgres { url, redis } => ["--postgres", url, "--redis", redis]
                .map(str::to_owned)
                .to_vec(),
        };
        let launch = Launch {
            program: settings.program.clone(),
            data: settings.folder.clone(),
            engine,
            sink: sink.address.clone(),
        };
        let distributed = matches!(settings.engine, Engine::Postgres { .. });
        let door = launch.serve(distributed.then_some("api")).await?;
        let workers = if distributed {
            vec![launch.worker()?, launch.worker()?]
        } else {
            vec![]
        };
        Ok(Self {
            launch,
            door,
            workers,
            turn: 0,
        })
    }

    async fn kill(&mut self) -> Result<(), Error> {
        if self.workers.is_empty() {
            return self.door.kill().await;
        }
        // Every third kill takes both, so that a restart is tested too.
        self.turn += 1;
        let victim = self.turn % 2;
        if self.turn % 3 == 0 {
            self.workers[1 - victim].kill().await?;
        }
        self.workers[victim].kill().await
    }

    async fn start_again(&mut self) -> Result<(), Error> {
        if self.workers.is_empty() {
            self.door = self.launch.serve(None).await?;
            return Ok(());
        }
        let victim = self.turn % 2;
        self.workers[victim] = self.launch.worker()?;
        if self.turn % 3 == 0 {
            self.workers[1 - victim] = self.launch.worker()?;
        }
        Ok(())
    }
}

/// The whole story. An error holds every violation.
pub async fn run(settings: Settings) -> Result<String, Error> {
    let url = match &settings.engine {
        Engine::Sqlite => {
            format!(
                "sqlite://{}?mode=rw",
                settings.folder.join("flowmason.db").display()
            )
        }
        Engine::Postgres { url, .. } => url.clone(),
    };
    let mut random = Random::seeded("kill test");
    let sink = Sink::start(Duration::from_millis(60)).await?;
    let mut system = System::start(&settings, &sink).await?;
    let caller = Caller::first(&system.door).await?;
    let create = "mutation($source: String!) { createPipeline(input: { source: $source }) \
                  { pipeline { id } } }";
    let source = json!({ "source": pipeline::source(&sink.address) });
    let made = caller.data(&system.door.host, create, source).await?;
    let pipeline = made["createPipeline"]["pipeline"]["id"]
        .as_str()
        .ok_or("no id")?
        .to_owned();
    let mut known = Knowledge::default();
    let mut label = 0;

    // The first batch warms up; the second one measures.
    let mut run_time = Duration::ZERO;
    for _ in 0..2 {
        let start = Instant::now();
        let batch = start_batch(&caller, &system, &pipeline, &mut label).await?;
        wait_for(&caller, &system, &batch, Duration::from_secs(60)).await?;
        known.acknowledged.extend(batch);
        run_time = start.elapsed();
    }
    for _ in 0..settings.kills {
        let batch = start_batch(&caller, &system, &pipeline, &mut label).await?;
        known.acknowledged.extend(batch.iter().cloned());
        let moment = run_time.mul_f64(0.05 + 0.85 * random.part());
        tokio::time::sleep(moment).await;
        system.kill().await?;
        known.kills += 1;
        known.kills_in_flight += u32::from(in_flight(&url).await?);
        system.start_again().await?;
        // V9: within the lease and 5 s everything goes on; the runs themselves take their time.
        let patience = run_time + Duration::from_secs(1 + 5 + 10);
        wait_for(&caller, &system, &batch, patience).await?;
    }
    known.calls = sink.calls().await;
    known.least_starts = BATCH * (settings.kills as usize + 2);
    let evidence = checker::read_evidence(&url).await?;
    let found = checker::violations(&evidence, &known);
    let failed = evidence
        .runs
        .iter()
        .filter(|r| r.status != "succeeded")
        .count();
    if !found.is_empty() || failed > 0 {
        return Err(format!("{failed} runs did not succeed\n{}", found.join("\n")).into());
    }
    let repeated = known.calls.len() - evidence.runs.len() * pipeline::EFFECTS;
    Ok(format!(
        "{} runs of {} ms, {} kills ({} with a stage in flight), {} effect calls, {repeated} of \
         them repeated with their key",
        evidence.runs.len(),
        run_time.as_millis(),
        known.kills,
        known.kills_in_flight,
        known.calls.len()
    ))
}

async fn start_batch(
    caller: &Caller,
    system: &System,
    pipeline: &str,
    label: &mut u32,
) -> Result<Vec<String>, Error> {
    let start = "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }";
    let mut batch = Vec::new();
    for _ in 0..BATCH {
        *label += 1;
        let input = json!({ "i": { "pipelineId": pipeline,
                                    "input": { "run": format!("r{label}") } } });
        let started = caller.data(&system.door.host, start, input).await?;
        batch.push(
            started["startRun"]["run"]["id"]
                .as_str()
                .ok_or("no id")?
                .to_owned(),
        );
    }
    Ok(batch)
}

/// Waits until all of these runs are finished.
async fn wait_for(
    caller: &Caller,
    system: &System,
    runs: &[String],
    patience: Duration,
) -> Result<(), Error> {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { id status lastSeq } } }";
    let until = Instant::now() + patience;
    loop {
        let data = caller
            .data(&system.door.host, query, json!({ "ids": runs }))
            .await?;
        let open: Vec<Value> = data["nodes"]
            .as_array()
            .ok_or("no nodes")?
            .iter()
            .filter(|run| {
                !matches!(
                    run["status"].as_str(),
                    Some("SUCCEEDED" | "FAILED" | "CANCELLED")
                )
            })
            .cloned()
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("V9 not finished after {patience:?}: {open:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Whether the durable journals have a stage that began and did not end.
async fn in_flight(url: &str) -> Result<bool, Error> {
    let db = Database::connect(url).await?;
    let sql = "SELECT j.run_id, j.body FROM journal j JOIN runs r ON r.id = j.run_id \
               WHERE r.finished_at IS NULL ORDER BY j.run_id, j.first_seq";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let mut open = std::collections::HashSet::new();
    for row in db.query_all_raw(statement).await? {
        let run: uuid::Uuid = row.try_get("", "run_id")?;
        let body: Vec<u8> = row.try_get("", "body")?;
        for line in body.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let event: Value = serde_json::from_slice(line)?;
            let stage = (run, event["stage"].as_str().unwrap_or_default().to_owned());
            match event["type"].as_str() {
                Some("stage.started" | "stage.intent" | "wait.started") => open.insert(stage),
                Some("stage.succeeded" | "stage.failed" | "stage.skipped") => open.remove(&stage),
                _ => false,
            };
        }
    }
    db.close().await?;
    Ok(!open.is_empty())
}
