//! D14, D15: a worker is paused for three leases and then continues, while another one (also with
//! the same name) has long finished its runs.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::json;

use super::{Setup, effect, on_large, run_checker};
use crate::{
    checker::Knowledge,
    system::{
        process::{Caller, Error},
        sink::Sink,
    },
};

const PATIENCE: Duration = Duration::from_secs(20);
const LEASE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_a_worker_that_slept_three_leases_appends_acknowledges_and_starts_nothing() {
    on_large("D14", |setup| story(setup, "second")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_a_worker_of_the_same_name_is_another_one() {
    on_large("D15", |setup| story(setup, "first")).await;
}

/// Runs at three points when their worker is paused: before an effect that comes next, at their
/// last stage, and parked in a wait.
async fn story(setup: Setup, second: &str) -> Result<String, Error> {
    let sink = Sink::start(Duration::ZERO).await?;
    let launch = setup.launch(&sink.address);
    let server = launch.serve(Some("api")).await?;
    let caller = Caller::first(&server).await?;
    let middle = json!({ "name": "middle", "version": "1.0.0", "stages": [
        effect(&sink, "a", &[]), effect(&sink, "b", &["a"]), effect(&sink, "c", &["b"]) ] });
    let last = json!({ "name": "last", "version": "1.0.0", "stages": [effect(&sink, "a", &[])] });
    let parks = json!({ "name": "parks", "version": "1.0.0", "stages": [
        effect(&sink, "a", &[]),
        { "id": "nap", "type": "wait", "depends_on": ["a"], "config": { "seconds": 1.5 } },
        effect(&sink, "b", &["nap"]) ] });
    let sleeper = launch.worker("first")?;
    sink.hold();
    let mut runs = Vec::new();
    for source in [&middle, &last, &parks] {
        let pipeline = caller.create(&server.host, source).await?;
        for _ in 0..2 {
            let label = json!({ "run": format!("r{}", runs.len()) });
            runs.push(caller.start(&server.host, &pipeline, label, None).await?);
        }
    }
    // When the worker is paused, every run's first call is in flight. The responses arrive during
    // the pause.
    calls(&sink, runs.len()).await?;
    sleeper.pause().await?;
    sink.let_go();
    let other = launch.worker(second)?;
    let states = caller.finished(&server.host, &runs, PATIENCE).await?;
    if states.iter().any(|state| state != "SUCCEEDED") {
        return Err(format!("{states:?}").into());
    }
    tokio::time::sleep(LEASE * 3).await;
    let before = (sink.calls().await, journal(&setup).await?);
    sleeper.resume()?;
    // The continued worker works: alone, it finishes a new run. By then it has long read the
    // responses.
    other.pause().await?;
    let pipeline = caller.create(&server.host, &middle).await?;
    let next = caller
        .start(&server.host, &pipeline, json!({ "run": "next" }), None)
        .await?;
    let state = caller
        .finished(&server.host, std::slice::from_ref(&next), PATIENCE)
        .await?;
    if state != ["SUCCEEDED"] {
        return Err(format!("the run after: {state:?}").into());
    }
    tokio::time::sleep(LEASE / 2).await;
    other.resume()?;
    let calls = sink.calls().await;
    let more: Vec<_> = calls
        .iter()
        .skip(before.0.len())
        .filter(|c| !c.effect.starts_with("next/"))
        .collect();
    if !more.is_empty() {
        return Err(format!("V4 effects started after the pause: {more:?}").into());
    }
    let journal = journal(&setup).await?;
    let changed: Vec<_> = before
        .1
        .iter()
        .filter(|row| !journal.contains(row))
        .collect();
    if !changed.is_empty()
        || journal.iter().filter(|row| row.0 != next_of(&next)).count() != before.1.len()
    {
        return Err(format!("V6 the journal changed after the pause: {changed:?}").into());
    }
    let repeated = calls.len() - 2 * 3 - 2 - 2 * 2 - 3;
    if repeated != runs.len() {
        return Err(format!(
            "V4 {repeated} calls came twice, {} were in flight",
            runs.len()
        )
        .into());
    }
    let mut known = Knowledge {
        kills: 1,
        kills_in_flight: 1,
        ..Knowledge::default()
    };
    known.acknowledged = runs;
    known.acknowledged.push(next);
    let evidence = run_checker(&setup.place.url(), &sink, known).await?;
    Ok(format!(
        "{} runs, {repeated} effects repeated with their key",
        evidence.runs.len()
    ))
}

/// Waits until the sink has received `count` calls.
async fn calls(sink: &Sink, count: usize) -> Result<(), Error> {
    for _ in 0..1_000 {
        if sink.calls().await.len() >= count {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("{} of {count} calls", sink.calls().await.len()).into())
}

/// The run, first number and epoch of every segment.
async fn journal(setup: &Setup) -> Result<Vec<(uuid::Uuid, i64, i64)>, Error> {
    let db = Database::connect(setup.place.url()).await?;
    let sql = "SELECT run_id, first_seq, epoch FROM journal ORDER BY 1, 2";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let rows = rows
        .iter()
        .map(|row| {
            Ok((
                row.try_get("", "run_id")?,
                row.try_get("", "first_seq")?,
                row.try_get("", "epoch")?,
            ))
        })
        .collect::<Result<_, sea_orm::DbErr>>()?;
    db.close().await?;
    Ok(rows)
}

fn next_of(run: &str) -> uuid::Uuid {
    run.parse::<types::RunId>()
        .map(|id| id.0)
        .unwrap_or_default()
}
