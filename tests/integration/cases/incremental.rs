//! Runs that take over results of an earlier run where nothing changed.

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, finished, push, text},
    },
};

cases![Shared:
    a_run_of_a_changed_version_takes_over_what_did_not_change,
    results_are_taken_over_from_a_finished_run_of_the_same_pipeline_and_environment_only,
    a_start_with_the_same_key_and_another_choice_of_reuse_is_another_request,
];

/// `question` feeds `answer`, `apart` depends on neither, and `long` has a result that is stored
/// outside the journal.
fn pipeline(question: &str) -> String {
    json!({ "name": "Questions", "stages": [
        { "id": "question", "component": "variable_set",
          "config": { "name": "q", "value": question } },
        { "id": "answer", "component": "variable_set", "depends_on": ["question"],
          "config": { "name": "a", "value": "{{upstream.question.value}} {{input.value}}" } },
        { "id": "apart", "component": "variable_set",
          "config": { "name": "p", "value": "{{input.value}}" } },
        { "id": "long", "component": "variable_set", "depends_on": ["apart"],
          "config": { "name": "l", "value": format!("{{{{'long' * {}}}}}", 20_000) } },
        { "id": "each", "component": "foreach", "depends_on": ["apart"],
          "config": { "items": [1, 2], "loop_stages": ["inner"] } },
        { "id": "inner", "component": "variable_set",
          "config": { "name": "w", "value": "{{context.item}}" } },
        { "id": "clock", "component": "variable_set",
          "config": { "name": "c", "value": "{{now()}}" } },
    ] })
    .to_string()
}

const START: &str = "mutation($p: ID!, $old: ID, $value: Int!) { startRun(input: {pipelineId: $p, \
    input: {value: $value}, reuseFrom: $old}) { run { id } } }";

async fn start(owner: &Caller, pipeline: &str, old: Option<&str>, value: i32) -> String {
    let variables = json!({ "p": pipeline, "old": old, "value": value });
    let data = owner.data(START, variables).await;
    text(&data["startRun"]["run"]["id"])
}

/// The addresses of reused stages, and the output of the run.
async fn reused(owner: &Caller, run: &str) -> (Vec<String>, Json) {
    let ask = "query($r: ID!) { run(id: $r) { output retriedFrom { id } \
        stages { address reused } } }";
    let shown = owner.data(ask, json!({ "r": run })).await["run"].clone();
    assert_eq!(shown["retriedFrom"], Json::Null, "it is not a retry");
    let stages = shown["stages"].as_array().expect("stages");
    let reused = stages.iter().filter(|stage| stage["reused"] == true);
    let mut reused: Vec<String> = reused.map(|stage| text(&stage["address"])).collect();
    reused.sort_unstable();
    (reused, shown["output"].clone())
}

async fn a_run_of_a_changed_version_takes_over_what_did_not_change(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let id = create(owner, &pipeline("why?")).await;
    let old = start(owner, &id, None, 1).await;
    assert_eq!(finished(owner, &old).await, "SUCCEEDED");
    let before = reused(owner, &old).await.1;

    let same = start(owner, &id, Some(&old), 1).await;
    assert_eq!(finished(owner, &same).await, "SUCCEEDED");
    let all = [
        "answer",
        "apart",
        "each[0]/inner",
        "each[1]/inner",
        "long",
        "question",
    ];
    let (taken, output) = reused(owner, &same).await;
    assert_eq!(taken, all);
    assert_eq!(output["long"], before["long"], "a stored value too");

    push(owner, &id, &pipeline("how?")).await;
    let changed = start(owner, &id, Some(&same), 1).await;
    assert_eq!(finished(owner, &changed).await, "SUCCEEDED");
    let unchanged = ["apart", "each[0]/inner", "each[1]/inner", "long"];
    assert_eq!(reused(owner, &changed).await.0, unchanged);

    let other_input = start(owner, &id, Some(&changed), 2).await;
    assert_eq!(finished(owner, &other_input).await, "SUCCEEDED");
    let unchanged = ["each[0]/inner", "each[1]/inner", "long", "question"];
    assert_eq!(reused(owner, &other_input).await.0, unchanged);
}

async fn results_are_taken_over_from_a_finished_run_of_the_same_pipeline_and_environment_only(
    app: TestApp,
) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let one = create(owner, &chain(1)).await;
    let other = create(owner, &chain(2)).await;
    let old = start(owner, &one, None, 1).await;
    assert_eq!(finished(owner, &old).await, "SUCCEEDED");
    let variables = json!({ "p": other, "old": old, "value": 1 });
    let answer = owner.graphql(START, variables).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_INPUT"));
    assert!(answer.text.contains("another pipeline"), "{}", answer.text);
    let elsewhere = START.replace("input: {value", "environment: STAGING, input: {value");
    let variables = json!({ "p": one, "old": old, "value": 1 });
    let answer = owner.graphql(&elsewhere, variables).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_INPUT"));
    assert!(answer.text.contains("in development"), "{}", answer.text);

    let sleeper = create(owner, &crate::harness::pipelines::sleeper(300.0)).await;
    let asleep = start(owner, &sleeper, None, 1).await;
    let variables = json!({ "p": sleeper, "old": asleep, "value": 1 });
    assert_eq!(owner.code(START, variables).await, "CONFLICT");
    let cancel = "mutation($r: ID!) { cancelRun(input: {runId: $r}) { run { id } } }";
    owner.data(cancel, json!({ "r": asleep })).await;
    assert_eq!(finished(owner, &asleep).await, "CANCELLED");
}

async fn a_start_with_the_same_key_and_another_choice_of_reuse_is_another_request(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let id = create(owner, &chain(1)).await;
    let old = start(owner, &id, None, 1).await;
    assert_eq!(finished(owner, &old).await, "SUCCEEDED");
    let keyed = "mutation($p: ID!, $old: ID, $outside: Boolean! = false) { startRun(input: { \
        pipelineId: $p, input: {value: 1}, reuseFrom: $old, reuseOutside: $outside, \
        idempotencyKey: \"k\"}) { run { id } } }";
    let reuses = json!({ "p": id, "old": old });
    let first = owner.data(keyed, reuses.clone()).await;
    let run = text(&first["startRun"]["run"]["id"]);
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let same = owner.data(keyed, reuses).await;
    assert_eq!(text(&same["startRun"]["run"]["id"]), run);
    let anew = json!({ "p": id });
    assert_eq!(owner.code(keyed, anew).await, "CONFLICT");
    let more = json!({ "p": id, "old": old, "outside": true });
    assert_eq!(owner.code(keyed, more).await, "CONFLICT");
}
