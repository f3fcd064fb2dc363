//! W2 and W2l: runs of a chain of 5 stages, started with `startRun` and awaited with one feed.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Error, Settings, feed,
    figures::{Judge, Ratio, Report, percentile},
    server::Server,
    sql, w1m,
};

const CONNECTIONS: usize = 32;
const START: &str = "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }";

/// W2: finished runs per second over 32 connections. Every result is checked in the database.
pub async fn throughput(
    settings: &Settings,
    server: &Server,
    report: &mut Report,
) -> Result<(), Error> {
    let pipeline = server.create_pipeline(&w1m::chain(5)).await?;
    let mut values = Vec::new();
    for round in 0..=settings.repetitions() {
        // The first round is the warm-up.
        let seconds = if round == 0 { 3 } else { settings.seconds(30) };
        let window = lasting(seconds);
        let rate = one_round(settings, server, &pipeline, window).await?;
        if round > 0 {
            values.push(rate);
        }
    }
    report.result(
        "W2",
        values,
        "runs/s",
        Ratio::Over("commit8"),
        Judge::AtLeast(0.10),
    );
    Ok(())
}

/// A window of this many seconds.
pub async fn lasting(seconds: u64) -> Result<(), Error> {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Ok(())
}

/// Starts runs over all connections until `window` ends, and returns how many finished per second.
pub async fn one_round(
    settings: &Settings,
    server: &Server,
    pipeline: &str,
    window: impl Future<Output = Result<(), Error>>,
) -> Result<f64, Error> {
    let mut feed = feed::finished(server).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let variables = json!({ "i": { "pipelineId": pipeline, "input": w1m::input() } });
    let body = json!({ "query": START, "variables": variables }).to_string();
    let start = Instant::now();
    let mut starters = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = server.client().await?;
        let (stop, body) = (stop.clone(), body.clone());
        starters.push(tokio::spawn(async move {
            let mut ids = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let answer = client.post("/graphql", &body).await?;
                let text = String::from_utf8_lossy(&answer.body);
                let id = text
                    .split("\"id\":\"")
                    .nth(1)
                    .and_then(|t| t.split('"').next());
                ids.push(id.ok_or_else(|| format!("no run: {text}"))?.to_owned());
            }
            Ok::<_, Error>(ids)
        }));
    }
    let mut done = HashSet::new();
    let mut in_time = 0u32;
    let mut window = std::pin::pin!(window);
    loop {
        let (id, status) = tokio::select! {
            ended = &mut window => break ended?,
            finished = feed.recv() => finished.ok_or("the feed closed")?,
        };
        if status != "SUCCEEDED" {
            return Err(format!("{id} ended as {status}").into());
        }
        in_time += u32::from(done.insert(id));
    }
    let took = start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut started = Vec::new();
    for starter in starters {
        started.extend(starter.await??);
    }
    // The remaining runs must finish within a bounded time; otherwise some were lost.
    let patience = Instant::now() + Duration::from_secs(60);
    while started.iter().any(|id| !done.contains(id)) {
        if Instant::now() > patience {
            let lost = started.iter().filter(|id| !done.contains(*id)).count();
            return Err(format!("{lost} of {} runs were not seen to finish", started.len()).into());
        }
        if let Ok(Some((id, _))) = tokio::time::timeout(Duration::from_secs(1), feed.recv()).await {
            done.insert(id);
        }
    }
    check_results(settings, server, started.len())?;
    Ok(f64::from(in_time) / took)
}

/// Checks that every run in the database succeeded with the expected output.
fn check_results(settings: &Settings, server: &Server, least: usize) -> Result<(), Error> {
    let wrong = sql::psql(
        settings,
        &server.database,
        "SELECT count(*) FILTER (WHERE status = 'succeeded' AND output LIKE '%\"tag\"%'),
                count(*) FILTER (WHERE status <> 'succeeded' OR output NOT LIKE '%\"tag\"%')
         FROM runs",
    )?;
    let mut counts = wrong
        .trim()
        .split('|')
        .map(|n| n.parse::<usize>().unwrap_or(0));
    let (right, wrong) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
    if wrong > 0 || right < least {
        return Err(format!("{right} right and {wrong} wrong results of {least}").into());
    }
    Ok(())
}

/// W2l: one run at a time, from sending the request to seeing its end in the feed.
pub async fn one_at_a_time(
    settings: &Settings,
    server: &Server,
    report: &mut Report,
) -> Result<(), Error> {
    let pipeline = server.create_pipeline(&w1m::chain(5)).await?;
    let mut client = server.client().await?;
    let mut feed = feed::finished(server).await?;
    let count = if settings.quick { 170 } else { 500 };
    let mut seconds = Vec::new();
    for round in 0..count + 20 {
        let start = Instant::now();
        let variables = json!({ "i": { "pipelineId": pipeline, "input": w1m::input() } });
        let started = client.graphql(START, variables).await?;
        let id = started["startRun"]["run"]["id"]
            .as_str()
            .ok_or("no run")?
            .to_owned();
        while feed.recv().await.ok_or("the feed closed")?.0 != id {}
        if round >= 20 {
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    for (name, part, most) in [("W2l_p50", 0.5, 16.0), ("W2l_p99", 0.99, 30.0)] {
        let value = percentile(&seconds, part) * 1e3;
        report.result(
            name,
            vec![value],
            "ms",
            Ratio::Times("commit1", 1e-3),
            Judge::AtMost(most),
        );
    }
    Ok(())
}
