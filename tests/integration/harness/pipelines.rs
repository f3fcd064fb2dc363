//! Pipelines and runs for cases.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Caller;

/// A chain of stages, each of which passes on a value.
pub fn chain(stages: usize) -> String {
    let stages: Vec<Json> = (0..stages)
        .map(|at| {
            let value = match at {
                0 => "{{input.value}}".to_owned(),
                _ => format!("{{{{upstream.s{}.value}}}}", at - 1),
            };
            let depends_on: Vec<String> = (at > 0)
                .then(|| format!("s{}", at - 1))
                .into_iter()
                .collect();
            json!({
                "id": format!("s{at}"), "component": "variable_set", "depends_on": depends_on,
                "config": { "name": format!("v{at}"), "value": value },
            })
        })
        .collect();
    json!({ "name": "Chain", "version": "1.0.0", "stages": stages }).to_string()
}

/// A stage that sleeps, followed by another one.
pub fn sleeper(seconds: f64) -> String {
    json!({
        "name": "Sleeper", "version": "1.0.0",
        "stages": [
            { "id": "sleep", "component": "wait", "config": { "seconds": seconds } },
            { "id": "after", "component": "variable_set", "depends_on": ["sleep"],
              "config": { "name": "done", "value": true } },
        ],
    })
    .to_string()
}

/// Creates a pipeline and returns its id.
pub async fn create(caller: &Caller, source: &str) -> String {
    const CREATE: &str = "mutation($source: String!) { \
        createPipeline(input: {source: $source}) { pipeline { id } } }";
    let data = caller.data(CREATE, json!({ "source": source })).await;
    text(&data["createPipeline"]["pipeline"]["id"])
}

/// Pushes a version whose text is a new one.
pub async fn push(caller: &Caller, pipeline: &str, source: &str) {
    const PUSH: &str = "mutation($pipeline: ID!, $source: String!) { \
        pushPipelineVersion(input: {pipelineId: $pipeline, source: $source}) { created } }";
    let variables = json!({ "pipeline": pipeline, "source": source });
    let data = caller.data(PUSH, variables).await;
    assert_eq!(data["pushPipelineVersion"]["created"], true);
}

/// Starts a run and returns its id.
pub async fn start(caller: &Caller, pipeline: &str) -> String {
    const START: &str = "mutation($pipeline: ID!) { \
        startRun(input: {pipelineId: $pipeline, input: {value: 1}}) { run { id } } }";
    let data = caller.data(START, json!({ "pipeline": pipeline })).await;
    text(&data["startRun"]["run"]["id"])
}

/// Waits until a run has ended and returns its status.
pub async fn finished(caller: &Caller, run: &str) -> String {
    for _ in 0..400 {
        let data = caller
            .data(
                "query($id: ID!) { run(id: $id) { status } }",
                json!({ "id": run }),
            )
            .await;
        let status = text(&data["run"]["status"]);
        if matches!(status.as_str(), "SUCCEEDED" | "FAILED" | "CANCELLED") {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the run {run} has not ended");
}

/// The text of a JSON string.
pub fn text(json: &Json) -> String {
    json.as_str()
        .unwrap_or_else(|| panic!("no text: {json}"))
        .to_owned()
}
