//! Runs that retry another run or a part of it.

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{create, finished, text},
    },
};

cases![Shared:
    a_retry_from_the_failed_stage_reuses_what_is_finished_and_runs_the_rest,
    one_stage_runs_with_the_input_that_it_had,
    many_runs_are_cancelled_and_retried_by_filter_with_progress,
];

/// `first` and the loop succeed, `fails` fails, `last` never starts.
fn pipeline() -> String {
    json!({ "name": "Parts", "stages": [
        { "id": "first", "component": "variable_set",
          "config": { "name": "v", "value": "{{input.value}} {{now()}}" } },
        { "id": "each", "component": "foreach", "depends_on": ["first"],
          "config": { "items": [1, 2], "loop_stages": ["inner"] } },
        { "id": "inner", "component": "variable_set",
          "config": { "name": "w", "value": "{{context.item}}" } },
        { "id": "fails", "component": "http_request", "depends_on": ["each"],
          "config": { "url": "http://127.0.0.1:1/" } },
        { "id": "last", "component": "variable_set", "depends_on": ["fails"],
          "config": { "name": "x", "value": 1 } },
    ] })
    .to_string()
}

const SHOWN: &str = "query($r: ID!) { run(id: $r) { status onlyStage stagesReused \
    retriedFrom { id } error { stage } usage { calls } \
    stages { address status reused output startedAt skipReason } } }";

async fn start(owner: &Caller, mutation: &str, run: &str) -> String {
    let (name, _) = mutation.split_once('(').expect("a mutation");
    let document = format!("mutation($r: ID!) {{ {mutation} {{ run {{ id }} }} }}");
    let data = owner.data(&document, json!({ "r": run })).await;
    text(&data[name]["run"]["id"])
}

async fn shown(owner: &Caller, run: &str) -> Json {
    owner.data(SHOWN, json!({ "r": run })).await["run"].clone()
}

fn stage<'a>(run: &'a Json, address: &str) -> &'a Json {
    let stages = run["stages"].as_array().expect("stages");
    let found = stages.iter().find(|stage| stage["address"] == address);
    found.unwrap_or_else(|| panic!("no {address}: {run}"))
}

async fn failed_run(owner: &Caller) -> String {
    let id = create(owner, &pipeline()).await;
    let run = crate::harness::pipelines::start(owner, &id).await;
    assert_eq!(finished(owner, &run).await, "FAILED");
    run
}

async fn a_retry_from_the_failed_stage_reuses_what_is_finished_and_runs_the_rest(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let old = failed_run(owner).await;
    let before = shown(owner, &old).await;
    let retry = "retryRun(input: {runId: $r, from: FAILED_STAGE, idempotencyKey: \"k\"})";
    let new = start(owner, retry, &old).await;
    assert_eq!(start(owner, retry, &old).await, new, "one run per key");
    assert_eq!(finished(owner, &new).await, "FAILED");
    let after = shown(owner, &new).await;
    assert_eq!(after["stagesReused"], 2);
    assert_eq!(after["retriedFrom"]["id"], json!(old));
    assert_eq!(after["error"]["stage"], "fails");
    for address in ["first", "each", "each[0]/inner", "each[1]/inner"] {
        let (was, is) = (stage(&before, address), stage(&after, address));
        assert_eq!(is["reused"], true, "{address}");
        assert_eq!(
            (&was["output"], &was["startedAt"]),
            (&is["output"], &is["startedAt"])
        );
    }
    assert_eq!(stage(&after, "fails")["reused"], false);
    assert_ne!(
        stage(&after, "fails")["startedAt"],
        stage(&before, "fails")["startedAt"]
    );

    // A retry from the start runs everything again, even if the run was itself a retry.
    let whole = start(owner, "retryRun(input: {runId: $r})", &new).await;
    assert_eq!(finished(owner, &whole).await, "FAILED");
    let whole = shown(owner, &whole).await;
    assert_eq!(
        (&whole["stagesReused"], &stage(&whole, "first")["reused"]),
        (&json!(0), &json!(false))
    );
    let twice = start(
        owner,
        "retryRun(input: {runId: $r, from: FAILED_STAGE})",
        &new,
    )
    .await;
    assert_eq!(finished(owner, &twice).await, "FAILED");
    assert_eq!(shown(owner, &twice).await["stagesReused"], 2);
}

async fn one_stage_runs_with_the_input_that_it_had(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let old = failed_run(owner).await;
    let before = shown(owner, &old).await;
    for (id, address, reused) in [("first", "first", 0), ("each", "each[1]/inner", 1)] {
        let call = format!("runStage(input: {{runId: $r, stage: \"{id}\"}})");
        let new = start(owner, &call, &old).await;
        assert_eq!(finished(owner, &new).await, "SUCCEEDED");
        let after = shown(owner, &new).await;
        assert_eq!(
            (&after["onlyStage"], &after["stagesReused"]),
            (&json!(id), &json!(reused))
        );
        let (was, is) = (stage(&before, address), stage(&after, address));
        assert_eq!(is["output"], was["output"], "now() included");
        assert_ne!(is["startedAt"], was["startedAt"]);
        assert_eq!(stage(&after, "last")["skipReason"], "not_selected");
    }
    let ask =
        "mutation($r: ID!, $s: String!) { runStage(input: {runId: $r, stage: $s}) { run { id } } }";
    for (wrong, says) in [
        ("inner", "each"),
        ("last", "did not start"),
        ("x", "no stage"),
    ] {
        let answer = owner.graphql(ask, json!({ "r": old, "s": wrong })).await;
        assert_eq!(answer.code().as_deref(), Some("INVALID_INPUT"));
        assert!(answer.text.contains(says), "{}", answer.text);
    }
}

async fn ended(owner: &Caller, id: &str) -> Json {
    let ask =
        "query($o: ID!) { runOperation(id: $o) { kind status total done failed finishedAt } }";
    for _ in 0..400 {
        let seen = owner.data(ask, json!({ "o": id })).await["runOperation"].clone();
        if seen["status"] != "RUNNING" {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the operation {id} has not ended")
}

async fn many_runs_are_cancelled_and_retried_by_filter_with_progress(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let sleeper = create(owner, &crate::harness::pipelines::sleeper(300.0)).await;
    let other = create(owner, &crate::harness::pipelines::chain(1)).await;
    let mut runs = Vec::new();
    for _ in 0..60 {
        runs.push(crate::harness::pipelines::start(owner, &sleeper).await);
    }
    let good = crate::harness::pipelines::start(owner, &other).await;
    assert_eq!(finished(owner, &good).await, "SUCCEEDED");
    let cancel = "mutation($p: ID!) { cancelRuns(input: {filter: {pipelineIds: [$p]}, \
        reason: \"enough\", idempotencyKey: \"c\"}) { operation { id } } }";
    let begun = owner.data(cancel, json!({ "p": sleeper })).await;
    let id = text(&begun["cancelRuns"]["operation"]["id"]);
    let again = owner.data(cancel, json!({ "p": sleeper })).await;
    assert_eq!(again, begun, "one operation per key");
    let seen = ended(owner, &id).await;
    assert_eq!(
        (&seen["status"], &seen["done"]),
        (&json!("FINISHED"), &json!(60)),
        "{seen}"
    );
    for run in &runs {
        assert_eq!(finished(owner, run).await, "CANCELLED");
    }
    let retry = "mutation($p: ID!) { retryRuns(input: {filter: {notPipelineIds: [$p]}, \
        from: FAILED_STAGE}) { operation { id } } }";
    let begun = owner.data(retry, json!({ "p": other })).await;
    let seen = ended(owner, &text(&begun["retryRuns"]["operation"]["id"])).await;
    assert_eq!(seen["done"], 60, "{seen}");
    let counts = owner
        .data("{ runCounts { total cancelled succeeded } }", json!({}))
        .await;
    assert_eq!(
        counts["runCounts"],
        json!({ "total": 121, "cancelled": 60, "succeeded": 1 })
    );
}
