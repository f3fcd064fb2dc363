//! A run that kills its worker is ended as failed. Runs that were only in the same worker, or in a
//! series of random kills, are not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Setup, effect, full, on_large, on_small, run_checker};
use crate::{
    checker::Knowledge,
    system::{
        process::{Caller, Error, Launch, Server},
        random::Random,
        sink::Sink,
    },
};

const PATIENCE: Duration = Duration::from_secs(75);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_storm_of_kills_fails_no_run_on_sqlite() {
    on_small("a storm of kills", |setup| storm(setup, false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_storm_of_kills_fails_no_run_on_postgresql() {
    on_large("a storm of kills", |setup| storm(setup, true)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_run_that_kills_its_worker_is_ended_and_no_other_run_is() {
    on_small("a run that kills its worker", killer).await;
}

/// A process that is killed and restarted: the only one, or one of two workers.
struct Victims {
    launch: Launch,
    server: Server,
    workers: Vec<Server>,
    next: usize,
}

impl Victims {
    async fn start(launch: Launch, distributed: bool) -> Result<Self, Error> {
        let server = launch.serve(distributed.then_some("api")).await?;
        let count = if distributed { 2 } else { 0 };
        let workers = (0..count)
            .map(|n| launch.worker(&format!("storm-{n}")))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            launch,
            server,
            workers,
            next: 0,
        })
    }

    async fn kill(&mut self) -> Result<(), Error> {
        if self.workers.is_empty() {
            self.server.kill().await?;
            self.server = self.launch.serve(None).await?;
            return Ok(());
        }
        let victim = self.next % self.workers.len();
        self.next += 1;
        self.workers[victim].kill().await?;
        self.workers[victim] = self.launch.worker(&format!("storm-{victim}"))?;
        Ok(())
    }
}

/// Runs whose only stage takes longer than the time between two kills, so that they make no
/// progress, which would reset their count of deaths, during the kills.
async fn storm(setup: Setup, distributed: bool) -> Result<String, Error> {
    let (kills, runs) = if full() { (30, 12) } else { (8, 4) };
    let sink = Sink::start(Duration::from_millis(900)).await?;
    let launch = setup.launch(&sink.address);
    let mut victims = Victims::start(launch, distributed).await?;
    let caller = Caller::first(&victims.server).await?;
    let source = json!({ "name": "slow", "version": "1.0.0", "stages": [effect(&sink, "a", &[])] });
    let pipeline = caller.create(&victims.server.host, &source).await?;
    let mut known = Knowledge::default();
    for n in 0..runs {
        let input = json!({ "run": format!("r{n}") });
        let run = caller
            .start(&victims.server.host, &pipeline, input, None)
            .await?;
        known.acknowledged.push(run);
    }
    let mut random = Random::seeded("storm");
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(150 + random.draw() % 500)).await;
        victims.kill().await?;
        known.kills += 1;
    }
    let calm = Instant::now();
    let (host, runs) = (victims.server.host.clone(), known.acknowledged.clone());
    let states = caller.finished(&host, &runs, PATIENCE).await?;
    let failed = states.iter().filter(|state| *state != "SUCCEEDED").count();
    if failed > 0 {
        return Err(format!("{failed} runs were ended for a storm: {states:?}").into());
    }
    known.kills_in_flight = known.kills;
    let kills = known.kills;
    run_checker(&setup.place.url(), &sink, known).await?;
    Ok(format!(
        "{kills} kills, {} runs, 0 failed, the last one ended {} ms after the last kill",
        runs.len(),
        calm.elapsed().as_millis()
    ))
}

/// The test kills the process whenever the effect of the killer run is called.
async fn killer(setup: Setup) -> Result<String, Error> {
    let sink = Sink::start(Duration::from_millis(400)).await?;
    let mut victims = Victims::start(setup.launch(&sink.address), false).await?;
    let caller = Caller::first(&victims.server).await?;
    let stages: Value = json!([effect(&sink, "a", &[]), effect(&sink, "b", &["a"])]);
    let source = json!({ "name": "two", "version": "1.0.0", "stages": stages });
    let pipeline = caller.create(&victims.server.host, &source).await?;
    let mut innocent = Vec::new();
    let label = json!({ "run": "killer" });
    let killer = caller
        .start(&victims.server.host, &pipeline, label, None)
        .await?;
    let (mut seen, mut deaths) = (0, 0_u32);
    let until = Instant::now() + PATIENCE;
    loop {
        // New runs are started all the time, and run in the same worker as the killer.
        let label = json!({ "run": format!("r{}", innocent.len()) });
        if let Ok(run) = caller
            .start(&victims.server.host, &pipeline, label, None)
            .await
        {
            innocent.push(run);
        }
        let calls = sink.calls().await;
        let struck = calls[seen..]
            .iter()
            .any(|call| call.effect.starts_with("killer/"));
        seen = calls.len();
        if struck {
            victims.kill().await?;
            deaths += 1;
        }
        let query = "query($id: ID!) { run(id: $id) { status error { code } } }";
        let state = caller
            .data(&victims.server.host, query, json!({ "id": killer }))
            .await;
        let state = state.unwrap_or_default();
        if state["run"]["status"] == "FAILED" {
            if state["run"]["error"]["code"] != "WORKER_DIED" {
                return Err(format!("the killer ended differently: {state}").into());
            }
            break;
        }
        if Instant::now() > until {
            return Err(format!("after {deaths} deaths the killer still runs: {state}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut states = Vec::new();
    // `nodes` accepts at most 100 ids.
    for some in innocent.chunks(100) {
        states.extend(
            caller
                .finished(&victims.server.host, some, PATIENCE)
                .await?,
        );
    }
    let failed = states.iter().filter(|state| *state != "SUCCEEDED").count();
    if failed > 0 || innocent.len() < 20 {
        return Err(format!("{failed} of {} innocent runs failed", innocent.len()).into());
    }
    if deaths > 7 {
        return Err(format!("it took {deaths} deaths").into());
    }
    Ok(format!(
        "ended after {deaths} deaths, {} innocent runs, 0 failed",
        innocent.len()
    ))
}
