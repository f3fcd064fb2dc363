//! The life of a pipeline: empty, renamed, deleted, restored.

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, finished, start, text},
    },
};

cases![Shared:
    a_deleted_pipeline_is_hidden_refuses_by_name_and_is_restored,
    an_empty_pipeline_is_opened_pushed_to_and_then_runs,
    a_rename_says_where_the_name_comes_from,
];

const LIST: &str = "query($deleted: Boolean, $search: String) { \
    pipelines(deleted: $deleted, search: $search) { edges { node { id name shortId slug } } } }";

async fn listed(caller: &Caller, deleted: bool) -> Vec<String> {
    let data = caller.data(LIST, json!({ "deleted": deleted })).await;
    let edges = data["pipelines"]["edges"].as_array().expect("a list");
    edges.iter().map(|edge| text(&edge["node"]["id"])).collect()
}

async fn change(caller: &Caller, mutation: &str, pipeline: &str) -> Json {
    let document = format!(
        "mutation($p: ID!) {{ {mutation}(input: {{pipelineId: $p}}) {{ pipeline {{ id name \
           nameSource deletedAt deletedBy restorableUntil }} }} }}"
    );
    let data = caller.data(&document, json!({ "p": pipeline })).await;
    data[mutation]["pipeline"].clone()
}

async fn a_deleted_pipeline_is_hidden_refuses_by_name_and_is_restored(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(2)).await;
    let other = create(owner, &chain(2)).await;
    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");

    let gone = change(owner, "deletePipeline", &pipeline).await;
    assert!(gone["deletedAt"].is_string() && gone["restorableUntil"].is_string());
    assert!(gone["deletedBy"].is_string(), "{gone}");
    let again = change(owner, "deletePipeline", &pipeline).await;
    assert_eq!(again, gone, "asked for twice, done once");
    assert_eq!(listed(owner, false).await, [&*other]);
    assert_eq!(listed(owner, true).await, [&*pipeline]);

    let read = "query($r: ID!) { run(id: $r) { status stages { address } output \
        pipeline { id name deletedAt } } }";
    let seen = owner.data(read, json!({ "r": run })).await;
    assert_eq!(seen["run"]["stages"].as_array().map(Vec::len), Some(2));
    assert!(seen["run"]["pipeline"]["deletedAt"].is_string());
    for (document, variables) in [
        (
            "mutation($p: ID!) { startRun(input: {pipelineId: $p}) { run { id } } }",
            json!({ "p": pipeline }),
        ),
        (
            "mutation($r: ID!) { retryRun(input: {runId: $r}) { run { id } } }",
            json!({ "r": run }),
        ),
        (
            "mutation($p: ID!, $s: String!) { \
                pushPipelineVersion(input: {pipelineId: $p, source: $s}) { created } }",
            json!({ "p": pipeline, "s": chain(3) }),
        ),
    ] {
        let answer = owner.graphql(document, variables).await;
        assert_eq!(answer.code().as_deref(), Some("PIPELINE_DELETED"));
        assert!(answer.text.contains("restore"), "{}", answer.text);
    }

    let back = change(owner, "restorePipeline", &pipeline).await;
    assert_eq!(back["deletedAt"], Json::Null);
    assert_eq!(listed(owner, true).await, Vec::<String>::new());
    assert_eq!(listed(owner, false).await, [other, pipeline.clone()]);
    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");

    // Two pipelines with the same name.
    let data = owner.data(LIST, json!({ "search": "CHAIN" })).await;
    let edges = data["pipelines"]["edges"].as_array().expect("a list");
    let slugs: std::collections::HashSet<_> = edges
        .iter()
        .map(|edge| text(&edge["node"]["slug"]))
        .collect();
    assert_eq!(slugs.len(), 2);
    for edge in edges {
        let node = &edge["node"];
        assert!(text(&node["id"]).ends_with(&text(&node["shortId"])));
    }
}

async fn an_empty_pipeline_is_opened_pushed_to_and_then_runs(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let create = "mutation { createPipeline(input: {name: \"Émpty\", idempotencyKey: \"k\"}) { \
        pipeline { id name nameSource } \
        version { number source name stages { id } problems { message } } } }";
    let made = owner.data(create, json!({})).await["createPipeline"].clone();
    assert_eq!(made["version"]["stages"], json!([]));
    assert_eq!(made["version"]["name"], "Émpty");
    let again = owner.data(create, json!({})).await["createPipeline"].clone();
    assert_eq!(again, made);
    let id = text(&made["pipeline"]["id"]);
    let start_it = "mutation($p: ID!) { startRun(input: {pipelineId: $p}) { run { id } } }";
    let code = owner.code(start_it, json!({ "p": id })).await;
    assert_eq!(code, "PIPELINE_EMPTY");
    let push = "mutation($p: ID!, $s: String!) { \
        pushPipelineVersion(input: {pipelineId: $p, source: $s}) { version { number } } }";
    let pushed = owner.data(push, json!({ "p": id, "s": chain(1) })).await;
    assert_eq!(pushed["pushPipelineVersion"]["version"]["number"], 2);
    let run = start(owner, &id).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let nameless = "mutation { createPipeline(input: {}) { pipeline { id } } }";
    assert_eq!(owner.code(nameless, json!({})).await, "INVALID_INPUT");
}

async fn a_rename_says_where_the_name_comes_from(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let id = create(owner, &chain(1)).await;
    let rename = "mutation($p: ID!, $n: String) { \
        renamePipeline(input: {pipelineId: $p, name: $n}) { pipeline { name nameSource } } }";
    let named = owner.data(rename, json!({ "p": id, "n": "Mine" })).await;
    let pipeline = &named["renamePipeline"]["pipeline"];
    assert_eq!(*pipeline, json!({ "name": "Mine", "nameSource": "GIVEN" }));
    let back = owner.data(rename, json!({ "p": id, "n": null })).await;
    let pipeline = &back["renamePipeline"]["pipeline"];
    assert_eq!(
        *pipeline,
        json!({ "name": "Chain", "nameSource": "DOCUMENT" })
    );
    let code = owner.code(rename, json!({ "p": id, "n": " " })).await;
    assert_eq!(code, "INVALID_INPUT");
}
