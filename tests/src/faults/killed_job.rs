//! The process is killed in the middle of a job. Another attempt takes the job over, and each of
//! its effects happens once.
//!
//! The job retries some hundred runs. Each new run is an effect, which the job must neither omit
//! nor repeat.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Setup, full, on_large, on_small};
use crate::system::{
    process::{Caller, Error, Server},
    random::Random,
};

/// The maximum time. A dead process's job is detected after a few missed heartbeats.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_kill_within_a_job_repeats_nothing_on_sqlite() {
    on_small("a kill within a job", |setup| story(setup, false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_kill_within_a_job_repeats_nothing_on_postgresql() {
    on_large("a kill within a job", |setup| story(setup, true)).await;
}

async fn story(setup: Setup, distributed: bool) -> Result<String, Error> {
    let count = if full() { 600 } else { 250 };
    let launch = setup.launch("127.0.0.1:1");
    let mut server = launch.serve(distributed.then_some("api")).await?;
    let mut worker = distributed.then(|| launch.worker("jobs-0")).transpose()?;
    let caller = Caller::first(&server).await?;
    let source = json!({ "name": "fails", "version": "1.0.0", "stages": [
        { "id": "a", "type": "variable_set",
          "config": { "name": "x", "value": "{{ input.list[5] }}" } } ] });
    let pipeline = caller.create(&server.host, &source).await?;
    let mut runs = Vec::new();
    while runs.len() < count {
        let some =
            (0..25).map(|_| caller.start(&server.host, &pipeline, json!({"list": []}), None));
        runs.extend(futures::future::try_join_all(some).await?);
    }
    for some in runs.chunks(50) {
        let states = caller.finished(&server.host, some, PATIENCE).await?;
        if states.iter().any(|state| state != "FAILED") {
            return Err(format!("the runs should fail: {states:?}").into());
        }
    }

    let begin = "mutation { retryRuns(input: {filter: {}}) { operation { id } } }";
    let begun = caller.data(&server.host, begin, json!({})).await?;
    let id = begun["retryRuns"]["operation"]["id"].clone();
    // A random moment within the job, after its first runs.
    let mut random = Random::seeded("a kill within a job");
    let seen = until(&caller, &server, &id, |seen| seen["done"] != 0, PATIENCE).await?;
    tokio::time::sleep(Duration::from_millis(random.draw() % 60)).await;
    let killed = Instant::now();
    match &mut worker {
        Some(worker) => worker.kill().await?,
        None => server.kill().await?,
    }
    let at_kill = if distributed {
        // The API process still runs and reports the job's progress.
        until(&caller, &server, &id, |_| true, PATIENCE).await?
    } else {
        seen
    };
    if at_kill["status"] != "RUNNING" {
        return Err(format!("V12 the job ended before the kill: {at_kill}").into());
    }
    match &mut worker {
        Some(worker) => *worker = launch.worker("jobs-1")?,
        None => server = launch.serve(None).await?,
    }
    let ended = until(
        &caller,
        &server,
        &id,
        |seen| seen["status"] != "RUNNING",
        PATIENCE,
    )
    .await?;
    let took = killed.elapsed();
    let right = ended["status"] == "FINISHED"
        && ended["done"] == count
        && ended["total"] == count
        && ended["failed"] == 0;
    if !right {
        return Err(format!("the job ended as {ended}").into());
    }
    // Each run was retried exactly once.
    let twice = repeated(&setup.place.url()).await?;
    if twice != (i64::try_from(count)?, 1) {
        return Err(format!("(retried runs, most retries of one run) is {twice:?}").into());
    }
    Ok(format!(
        "{count} runs retried once each; killed at {}, done {:.1} s later",
        at_kill["done"],
        took.as_secs_f64()
    ))
}

/// Polls the operation until it meets the condition.
async fn until(
    caller: &Caller,
    server: &Server,
    id: &Value,
    wanted: impl Fn(&Value) -> bool,
    patience: Duration,
) -> Result<Value, Error> {
    let query = "query($id: ID!) { runOperation(id: $id) { status done total failed } }";
    let until = Instant::now() + patience;
    loop {
        let data = caller
            .data(&server.host, query, json!({ "id": id }))
            .await?;
        let seen = &data["runOperation"];
        if wanted(seen) {
            return Ok(seen.clone());
        }
        if Instant::now() > until {
            return Err(format!("the condition was not met within {patience:?}: {seen}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The number of retried runs, and the maximum number of retries of one run.
async fn repeated(url: &str) -> Result<(i64, i64), Error> {
    use sea_orm::{ConnectionTrait, Database, Statement};
    let db = Database::connect(url).await?;
    let sql = "SELECT count(*) AS runs, max(times) AS most FROM (SELECT count(*) AS times FROM runs \
               WHERE retried_from IS NOT NULL GROUP BY retried_from) AS r";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?.ok_or("no row")?;
    let found = (row.try_get("", "runs")?, row.try_get("", "most")?);
    db.close().await?;
    Ok(found)
}
