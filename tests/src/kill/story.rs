//! The kill test: starts runs, kills processes, restarts them, waits for the runs and runs the
//! checker.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};

use super::pipeline;
use crate::{
    checker::{self, Knowledge},
    system::{
        process::{Caller, Error, Launch, Server},
        random::Random,
        sink::Sink,
    },
};

/// The backend of the test.
#[derive(Clone, Debug)]
pub enum Backend {
    /// One process on SQLite, which is killed and restarted.
    Sqlite,
    /// An API process and two workers on PostgreSQL and Redis. When one worker is killed, the other
    /// takes over.
    Postgres {
        /// The URL of an empty database, with its owner's credentials.
        url: String,
        /// The URL of the Redis server.
        redis: String,
    },
}

/// The settings of a kill test.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of `flowmason`.
    pub program: PathBuf,
    /// The backend.
    pub backend: Backend,
    /// An empty folder for data and logs.
    pub folder: PathBuf,
    /// The number of kills.
    pub kills: u32,
}

/// Runs per kill.
const BATCH: usize = 4;

/// The processes of one system.
struct System {
    launch: Launch,
    server: Server,
    /// On PostgreSQL: two workers.
    workers: Vec<Server>,
    /// The workers that the last kill ended.
    dead: Vec<usize>,
    turn: u32,
    db: DatabaseConnection,
}

fn worker_name(index: usize) -> String {
    format!("kill-{index}")
}

impl System {
    async fn start(settings: &Settings, url: &str, sink: &Sink) -> Result<Self, Error> {
        let backend = match &settings.backend {
            Backend::Sqlite => vec![],
            Backend::Postgres { url, redis } => ["--postgres", url, "--redis", redis]
                .map(str::to_owned)
                .to_vec(),
        };
        let launch = Launch {
            program: settings.program.clone(),
            data: settings.folder.clone(),
            backend,
            sink: sink.address.clone(),
            env: vec![],
        };
        let distributed = matches!(settings.backend, Backend::Postgres { .. });
        let server = launch.serve(distributed.then_some("api")).await?;
        let count = if distributed { 2 } else { 0 };
        let workers = (0..count)
            .map(|i| launch.worker(&worker_name(i)))
            .collect::<Result<_, _>>()?;
        let db = Database::connect(url).await?;
        Ok(Self {
            launch,
            server,
            workers,
            dead: vec![],
            turn: 0,
            db,
        })
    }

    /// Kills the worker that drives the most runs; every third time, both. Returns whether a stage
    /// was in flight on a killed process.
    async fn kill(&mut self) -> Result<bool, Error> {
        if self.workers.is_empty() {
            self.server.kill().await?;
            return in_flight(&self.db, "").await;
        }
        self.turn += 1;
        let mut counts = [0u64; 2];
        for (i, count) in counts.iter_mut().enumerate() {
            *count = held(&self.db, &worker_name(i)).await?;
        }
        let victim = usize::from(counts[1] > counts[0]);
        // Every third time both are killed, so that a restart is tested too.
        self.dead = if self.turn.is_multiple_of(3) {
            vec![victim, 1 - victim]
        } else {
            vec![victim]
        };
        for dead in &self.dead {
            self.workers[*dead].kill().await?;
        }
        in_flight(&self.db, &worker_name(victim)).await
    }

    async fn start_again(&mut self) -> Result<(), Error> {
        if self.workers.is_empty() {
            self.server = self.launch.serve(None).await?;
            return Ok(());
        }
        for dead in self.dead.drain(..) {
            self.workers[dead] = self.launch.worker(&worker_name(dead))?;
        }
        Ok(())
    }
}

/// Runs the whole test. An error contains every violation.
pub async fn run(settings: Settings) -> Result<String, Error> {
    let url = match &settings.backend {
        Backend::Sqlite => {
            format!(
                "sqlite://{}?mode=rw",
                settings.folder.join("flowmason.db").display()
            )
        }
        Backend::Postgres { url, .. } => url.clone(),
    };
    let mut random = Random::seeded("kill test");
    let sink = Sink::start(Duration::from_millis(60)).await?;
    let mut system = System::start(&settings, &url, &sink).await?;
    let caller = Caller::first(&system.server).await?;
    let create = "mutation($source: String!) { createPipeline(input: { source: $source }) \
                  { pipeline { id } } }";
    let source = json!({ "source": pipeline::source(&sink.address) });
    let made = caller.data(&system.server.host, create, source).await?;
    let pipeline = made["createPipeline"]["pipeline"]["id"]
        .as_str()
        .ok_or("no id")?
        .to_owned();
    let mut known = Knowledge::default();
    let mut label = 0;

    // The first batch is the warm-up; the others measure. The shortest time counts, since a kill
    // after the end of its runs would test nothing.
    let mut run_time = Duration::MAX;
    for turn in 0..3 {
        let start = Instant::now();
        let batch = start_batch(&caller, &system, &pipeline, &mut label).await?;
        wait_for(&caller, &system, &batch, Duration::from_secs(60)).await?;
        known.acknowledged.extend(batch);
        if turn > 0 {
            run_time = run_time.min(start.elapsed());
        }
    }
    let mut misses = Vec::new();
    while known.kills < settings.kills {
        let begin = Instant::now();
        let mut batch = start_batch(&caller, &system, &pipeline, &mut label).await?;
        known.acknowledged.extend(batch.iter().cloned());
        let moment = run_time.mul_f64(0.05 + 0.85 * random.part());
        // Another start runs concurrently with the kill; it may or may not be acknowledged.
        let early = Duration::from_micros(random.draw() % 60_000);
        let host = system.server.host.clone();
        label += 1;
        let racing = async {
            tokio::time::sleep_until((begin + moment - early.min(moment)).into()).await;
            start_one(&caller, &host, &pipeline, label).await.ok()
        };
        let killing = async {
            tokio::time::sleep_until((begin + moment).into()).await;
            // The machine has become faster: the batch has already ended, and a kill would test
            // nothing.
            if over(&system.db, &batch).await? {
                return Ok(None);
            }
            system.kill().await.map(Some)
        };
        let (raced, killed) = tokio::join!(racing, killing);
        known.acknowledged.extend(raced.clone());
        batch.extend(raced);
        match killed? {
            Some(in_flight) => {
                known.kills += 1;
                known.kills_in_flight += u32::from(in_flight);
                if !in_flight {
                    misses.push(format!(
                        "{} of {} ms",
                        moment.as_millis(),
                        run_time.as_millis()
                    ));
                }
                system.start_again().await?;
            }
            None => {
                run_time = run_time.min(moment);
                misses.push(format!("ended before {} ms", moment.as_millis()));
                if misses.len() > 2 * settings.kills as usize {
                    return Err(format!("V12 the run time is not steady: {misses:?}").into());
                }
            }
        }
        // V9: work continues within the lease and 5 s; the runs themselves need additional time.
        let patience = run_time + Duration::from_secs(1 + 5 + 10);
        wait_for(&caller, &system, &batch, patience).await?;
    }
    // Runs that were started but not acknowledged end as well.
    settle(&url).await?;
    known.calls = sink.calls().await;
    known.least_starts = BATCH * (settings.kills as usize + 3);
    let evidence = checker::read_evidence(&url).await?;
    let found = checker::violations(&evidence, &known);
    let failed = evidence
        .runs
        .iter()
        .filter(|r| r.status != "succeeded")
        .count();
    if !found.is_empty() || failed > 0 {
        let found = found.join("\n");
        return Err(format!("{failed} runs did not succeed, misses: {misses:?}\n{found}").into());
    }
    let artifacts = evidence.artifacts.len();
    if artifacts < evidence.runs.len() {
        return Err(format!("V12 {artifacts} artifacts for {} runs", evidence.runs.len()).into());
    }
    let repeated = known.calls.len() - evidence.runs.len() * pipeline::EFFECTS;
    Ok(format!(
        "{} runs of {} ms, {} kills ({} with a stage in flight, misses: {misses:?}), {} effect \
         calls, {repeated} of them repeated with their key",
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
    let mut batch = Vec::new();
    for _ in 0..BATCH {
        *label += 1;
        batch.push(start_one(caller, &system.server.host, pipeline, *label).await?);
    }
    Ok(batch)
}

async fn start_one(
    caller: &Caller,
    host: &str,
    pipeline: &str,
    label: u32,
) -> Result<String, Error> {
    let start = "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }";
    let input = json!({ "run": format!("r{label}"), "blob": pipeline::blob(label) });
    let input = json!({ "i": { "pipelineId": pipeline, "input": input } });
    let started = caller.data(host, start, input).await?;
    Ok(started["startRun"]["run"]["id"]
        .as_str()
        .ok_or("no id")?
        .to_owned())
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
            .data(&system.server.host, query, json!({ "ids": runs }))
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

/// Waits until no run is unfinished.
async fn settle(url: &str) -> Result<(), Error> {
    let db = Database::connect(url).await?;
    let sql = "SELECT 1 FROM runs WHERE finished_at IS NULL LIMIT 1";
    let until = Instant::now() + Duration::from_secs(20);
    while db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .is_some()
    {
        if Instant::now() > until {
            return Err("V9 a run that was not acknowledged does not end".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(db.close().await?)
}

/// Whether all of these runs are finished.
async fn over(db: &DatabaseConnection, runs: &[String]) -> Result<bool, Error> {
    let sql = "SELECT id FROM runs WHERE finished_at IS NULL";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    for row in rows {
        let id = types::RunId(row.try_get("", "id")?).to_string();
        if runs.contains(&id) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The number of unfinished runs whose lease a worker holds.
async fn held(db: &DatabaseConnection, owner: &str) -> Result<u64, Error> {
    let sql =
        format!("SELECT id FROM runs WHERE finished_at IS NULL AND lease_owner LIKE '{owner}-%'");
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(rows.len() as u64)
}

/// Whether the stored journals of a worker's runs have a stage that has started and not ended.
async fn in_flight(db: &DatabaseConnection, owner: &str) -> Result<bool, Error> {
    let sql = format!(
        "SELECT j.run_id, j.body FROM journal j JOIN runs r ON r.id = j.run_id
         WHERE r.finished_at IS NULL AND r.lease_owner LIKE '{owner}%'
         ORDER BY j.run_id, j.first_seq"
    );
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
    Ok(!open.is_empty())
}
