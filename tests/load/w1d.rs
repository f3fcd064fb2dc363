//! W1d: one run of a chain of 100 stages in `serve` on PostgreSQL, alone.
//!
//! Measures the time from the creation of the run's row, just before the commit of `startRun`, to
//! the commit of the terminal event, according to PostgreSQL's commit timestamps.

use serde_json::json;

use crate::{
    Error, Settings, feed,
    figures::{Judge, Ratio, Report},
    server::Server,
    sql, w1m,
};

/// Runs the workload.
pub async fn run(settings: &Settings, server: &Server, report: &mut Report) -> Result<(), Error> {
    let pipeline = server.create_pipeline(&w1m::chain(100)).await?;
    let mut client = server.client().await?;
    let mut feed = feed::finished(server).await?;
    let mut values = Vec::new();
    // The first runs warm the caches.
    for round in 0..settings.repetitions() * 5 + 3 {
        let started = client
            .graphql(
                "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }",
                json!({ "i": { "pipelineId": pipeline, "input": w1m::input() } }),
            )
            .await?;
        let id = started["startRun"]["run"]["id"]
            .as_str()
            .ok_or("no run")?
            .to_owned();
        loop {
            let (done, status) = feed.recv().await.ok_or("the feed closed")?;
            if done == id {
                if status != "SUCCEEDED" {
                    return Err(format!("{id} ended as {status}").into());
                }
                break;
            }
        }
        if round >= 3 {
            let took = sql::psql(
                settings,
                &server.database,
                // The row's time is taken before the start's commit, so the result is slightly too
                // high.
                "SELECT 1e6 * extract(epoch FROM
                     (SELECT max(pg_xact_commit_timestamp(j.xmin)) FROM journal j
                      WHERE j.run_id = r.id) - r.created_at)
                 FROM runs r ORDER BY r.id DESC LIMIT 1",
            )?;
            values.push(took.trim().parse::<f64>()? / 100.0);
        }
    }
    report.result(
        "W1d",
        values,
        "us/stage",
        Ratio::Times("commit1", 1e-6),
        Judge::AtMost(0.2),
    );
    Ok(())
}
