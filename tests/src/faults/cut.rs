//! D06, D08: lost responses, and connections that end or stall, at the important statements:
//! commits of the journal, and starts.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Setup, on_large, run_checker};
use crate::{
    checker::{Evidence, Knowledge},
    kill::pipeline,
    system::{
        process::{Caller, Error, Launch, Server},
        proxy::{Fault, Proxy, Rule},
        sink::Sink,
    },
};

const PATIENCE: Duration = Duration::from_secs(40);
const JOURNAL: &str = "INSERT INTO journal";
const RUNS: &str = "INSERT INTO runs";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d06_a_commit_whose_answer_is_lost_happened_once() {
    on_large("D06", ambiguous).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d08_connections_that_fall_silent_are_given_up_and_everything_goes_on() {
    on_large("D08", half_open).await;
}

/// A process behind a proxy to PostgreSQL.
struct Behind {
    proxy: Proxy,
    sink: Sink,
    server: Server,
    caller: Caller,
    pipeline: String,
    known: Knowledge,
}

impl Behind {
    async fn start(setup: &Setup, change: impl FnOnce(Launch) -> Launch) -> Result<Self, Error> {
        let proxy = Proxy::start(&setup.place.server().ok_or("no server")?).await?;
        let sink = Sink::start(Duration::from_millis(15)).await?;
        let mut launch = setup.launch(&sink.address);
        // `--postgres URL` comes first.
        launch.backend[1] = setup.place.url_by(&proxy.address);
        let server = change(launch).serve(None).await?;
        let caller = Caller::first(&server).await?;
        let source = serde_json::from_str(&pipeline::source(&sink.address))?;
        let pipeline = caller.create(&server.host, &source).await?;
        Ok(Self {
            proxy,
            sink,
            server,
            caller,
            pipeline,
            known: Knowledge::default(),
        })
    }

    /// Starts a run, and retries until the start is acknowledged. Returns the number of requests.
    async fn run(&mut self) -> Result<u32, Error> {
        let label = self.known.acknowledged.len();
        let blob = pipeline::blob(u32::try_from(label)?);
        let key = format!("start {label}");
        let until = Instant::now() + PATIENCE;
        for times in 1.. {
            let input = json!({ "run": format!("r{label}"), "blob": blob });
            let started = self
                .caller
                .start(&self.server.host, &self.pipeline, input, Some(&key))
                .await;
            match started {
                Ok(run) => {
                    self.known.acknowledged.push(run);
                    return Ok(times);
                }
                Err(error) if Instant::now() > until => return Err(error),
                Err(error) if error.to_string().contains("INTERNAL") => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        Err("asked too often".into())
    }

    /// Waits for all runs and runs the checker.
    async fn end(&mut self, setup: &Setup, holders: u32) -> Result<Evidence, Error> {
        let runs = &self.known.acknowledged;
        let states = self
            .caller
            .finished(&self.server.host, runs, PATIENCE)
            .await?;
        if states.iter().any(|state| state != "SUCCEEDED") {
            return Err(format!("{states:?}").into());
        }
        let mut known = self.known.clone();
        known.kills = holders - 1;
        known.kills_in_flight = known.kills;
        let evidence = run_checker(&setup.place.url(), &self.sink, known).await?;
        if evidence.runs.len() != self.known.acknowledged.len() {
            let (all, known) = (evidence.runs.len(), self.known.acknowledged.len());
            return Err(format!("V1 {known} starts created {all} runs").into());
        }
        Ok(evidence)
    }
}

/// Lost responses to commits and statements, and connections cut before a commit: each transaction
/// happens once, and no effect is called twice, since no lease is lost.
async fn ambiguous(setup: Setup) -> Result<String, Error> {
    // Long leases, so that a busy machine does not cause a run to change its worker.
    let mut all = Behind::start(&setup, |launch| launch.with("FLOWMASON_LEASE_MS", 10_000)).await?;
    let faults = vec![
        Fault::LoseCommitAnswer,
        Fault::LoseStatementAnswer,
        Fault::CutBeforeCommit,
    ];
    let starts = vec![Fault::LoseStatementAnswer];
    all.proxy
        .set(vec![
            Rule {
                statement: JOURNAL,
                every: 3,
                faults,
            },
            Rule {
                statement: RUNS,
                every: 3,
                faults: starts,
            },
        ])
        .await;
    let mut asked = 0;
    for _ in 0..24 {
        asked += all.run().await?;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let evidence = all.end(&setup, 1).await?;
    let landed = all.proxy.landed();
    if landed < 20 || asked <= 24 {
        return Err(format!("V12 only {landed} faults, {asked} start requests").into());
    }
    let calls = all.sink.calls().await.len();
    if calls != evidence.runs.len() * pipeline::EFFECTS {
        return Err(format!("V4 {calls} calls by {} runs", evidence.runs.len()).into());
    }
    if let Some(run) = evidence.runs.iter().find(|run| run.epoch != 1) {
        return Err(format!("a lost response was taken for a lost lease: {run:?}").into());
    }
    Ok(format!(
        "{} runs, {landed} faults, {asked} start requests, {calls} calls",
        evidence.runs.len()
    ))
}

/// A commit that stalls, then all connections at once. The worker waits two seconds for a response.
async fn half_open(setup: Setup) -> Result<String, Error> {
    let mut all = Behind::start(&setup, |launch| launch).await?;
    let stall = |every| {
        vec![Rule {
            statement: JOURNAL,
            every,
            faults: vec![Fault::Stall],
        }]
    };
    all.run().await?;
    all.proxy.set(stall(4)).await;
    for _ in 0..6 {
        all.run().await?;
    }
    let until = Instant::now() + PATIENCE;
    while all.proxy.landed() < 2 && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    all.proxy.set(vec![]).await;
    let stalled = all.proxy.landed();
    let before = Instant::now();
    let runs = all.known.acknowledged.clone();
    all.caller
        .finished(&all.server.host, &runs, PATIENCE)
        .await?;
    let healed = before.elapsed();
    // The connections of the worker and of the API are silent; this test does not check the API's
    // own timeout.
    let evidence = all.end(&setup, 20).await?;
    if stalled < 2 {
        return Err(format!("V12 {stalled} stalls").into());
    }
    // V9: within the lease, the worker's wait for a response and 5 s; the runs themselves take a
    // second.
    if healed > Duration::from_secs(1 + 2 + 5 + 2) {
        return Err(format!("V9 it took {healed:?} to continue").into());
    }
    Ok(format!(
        "{} runs, {stalled} stalls, healed in {healed:?}",
        evidence.runs.len()
    ))
}
