//! D07: PostgreSQL is restarted under load, gracefully and as if after a crash.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Setup, on_large, run_checker, skipped};
use crate::{
    checker::Knowledge,
    kill::pipeline,
    system::{
        postgres::{Postgres, Stop},
        process::{Caller, Error},
        sink::Sink,
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d07_v9_a_restart_of_postgresql_loses_nothing_and_everything_goes_on() {
    on_large("D07", story).await;
}

/// Starts continue during the restarts; each is retried until it is acknowledged.
async fn story(setup: Setup) -> Result<String, Error> {
    let Some(mut postgres) = Postgres::start().await? else {
        skipped("PostgreSQL's programs are not installed");
        return Ok("skipped".to_owned());
    };
    let sink = Sink::start(Duration::from_millis(30)).await?;
    let mut launch = setup.launch(&sink.address);
    // `--postgres URL` comes first.
    launch.backend[1] = postgres.url();
    let server = launch.serve(None).await?;
    let caller = Caller::first(&server).await?;
    let source = serde_json::from_str(&pipeline::source(&sink.address))?;
    let pipeline = caller.create(&server.host, &source).await?;
    let (mut known, mut refused, mut away) = (Knowledge::default(), 0, Vec::new());
    let begin = Instant::now();
    let mut stops = [Stop::Fast, Stop::Immediate].into_iter();
    let mut next_stop = Duration::from_millis(1_200);
    while begin.elapsed() < Duration::from_secs(6) {
        let label = known.acknowledged.len();
        let input =
            json!({ "run": format!("r{label}"), "blob": pipeline::blob(u32::try_from(label)?) });
        let key = format!("start {label}");
        let start = caller.start(&server.host, &pipeline, input, Some(&key));
        if begin.elapsed() >= next_stop
            && let Some(stop) = stops.next()
        {
            next_stop += Duration::from_millis(2_500);
            // A start runs concurrently with the stop.
            let (started, gone) = tokio::join!(start, postgres.restart(stop));
            away.push(gone?);
            known.acknowledged.extend(started.ok());
            continue;
        }
        match start.await {
            Ok(run) => known.acknowledged.push(run),
            Err(error) if error.to_string().contains("INTERNAL") => return Err(error),
            Err(_) => refused += 1,
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let healed = Instant::now();
    let runs = known.acknowledged.clone();
    let states = caller
        .finished(&server.host, &runs, Duration::from_secs(40))
        .await?;
    let healed = healed.elapsed();
    if states.iter().any(|state| state != "SUCCEEDED") {
        return Err(format!("{states:?}").into());
    }
    known.kills = u32::try_from(away.len() * 2)?;
    known.kills_in_flight = known.kills;
    let evidence = run_checker(&postgres.url(), &sink, known).await?;
    if away.len() != 2 || runs.len() < 20 {
        return Err(format!("V12 {} restarts, {} starts", away.len(), runs.len()).into());
    }
    if evidence.runs.len() != runs.len() {
        return Err(format!("V1 {} starts, {} runs", runs.len(), evidence.runs.len()).into());
    }
    // V9: the lease and 5 s; the last runs themselves take two.
    if healed > Duration::from_secs(1 + 5 + 2) {
        return Err(format!("V9 it took {healed:?} to continue").into());
    }
    Ok(format!(
        "{} runs, {refused} starts refused, PostgreSQL away for {away:?}, the last run ended \
         {healed:?} later",
        runs.len()
    ))
}
