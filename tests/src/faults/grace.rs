//! SIGTERM ends the process within its grace period, whatever is running: stages that keep every
//! thread busy, calls that are never answered, clients that keep their connections open. Unfinished
//! work continues after the next start.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Setup, on_small};
use crate::system::{
    events::Events,
    hole::SilentServer,
    process::{Caller, Error, Server},
};

const GRACE: Duration = Duration::from_secs(3);
/// Additional time for the kernel on a busy machine.
const MARGIN: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_the_grace_period_ends_the_process_whatever_runs() {
    on_small("the grace period", story).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let hole = SilentServer::start().await?;
    let launch = setup
        .launch(&hole.address)
        .with("FLOWMASON_GRACE_SECONDS", GRACE.as_secs());
    let mut server = launch.serve(None).await?;
    let caller = Caller::first(&server).await?;
    let mut took = Vec::new();
    for (what, stages) in [
        ("nothing", None),
        ("silent servers", Some(silent(&hole.address))),
        ("hot expressions", Some(hot())),
    ] {
        let mut open = Vec::new();
        if let Some(stages) = stages {
            let source = json!({ "name": what, "version": "1.0.0", "stages": stages });
            let pipeline = caller.create(&server.host, &source).await?;
            for _ in 0..4 {
                let run = caller
                    .start(&server.host, &pipeline, json!({}), None)
                    .await?;
                let mut events = Events::of(&caller, &server.host, &run).await?;
                events
                    .until("stage.started", Duration::from_secs(30))
                    .await?;
                open.push(events);
            }
        }
        let ended = server.stop(GRACE + MARGIN).await;
        took.push(format!(
            "{what} {} ms",
            ended.map_err(|e| format!("{what}: {e}"))?.as_millis()
        ));
        server = launch.serve(None).await?;
        goes_on(&caller, &server).await?;
    }
    Ok(format!("of {GRACE:?}: {}", took.join(", ")))
}

/// A pipeline that keeps every thread of the worker busy for longer than the grace period.
fn hot() -> Value {
    json!([
        { "id": "hang", "type": "foreach", "config": {
            "items": "{{ [i for i in range(5000)] }}", "loop_stages": ["hot"] } },
        { "id": "hot", "type": "variable_set", "config": { "name": "x",
            "value": "{{ sum([i * i for i in range(20000)]) }}" } },
    ])
}

fn silent(hole: &str) -> Value {
    json!([{ "id": "hang", "type": "http_request",
        "config": { "url": format!("http://{hole}/"), "method": "GET" } }])
}

/// Checks that the next process responds and that nothing of the previous one remains.
async fn goes_on(caller: &Caller, server: &Server) -> Result<(), Error> {
    let list = "query { pipelines(first: 5) { edges { node { id } } } }";
    caller.data(&server.host, list, json!({})).await?;
    Ok(())
}
