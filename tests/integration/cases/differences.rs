//! What differs between two versions of a pipeline, or between its draft and a version, over GraphQL.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{create, push},
    },
};

cases![Shared:
    a_version_is_compared_with_another_one_and_a_renamed_stage_is_one_change,
    a_draft_is_compared_with_its_base_and_with_any_version,
    the_stages_of_a_draft_are_charged_at_each_alias;
];

/// A pipeline whose second stage has this id and names the first.
fn file(id: &str, value: &str, x: i64) -> String {
    json!({ "name": "Letters", "stages": [
        { "id": "read", "component": "variable_set", "position": { "x": x, "y": 0 },
          "config": { "name": "v", "value": value } },
        { "id": id, "component": "variable_set", "depends_on": ["read"],
          "config": { "name": "w", "value": "{{upstream.read.value}} and good wishes" } },
        { "id": "send", "component": "variable_set", "depends_on": [id],
          "config": { "name": "x", "value": 1 } },
    ] })
    .to_string()
}

const DIFFERENCE: &str = "{ same onlyLayout summary fields { kind field before after } \
    added { id component index stage } removed { id } \
    changed { kinds before { id } after { id component index control } reordered \
        fields { kind field before after followsRename } } }";

fn of_version() -> String {
    format!(
        "query($p: ID!, $from: Int!, $to: Int!) {{ pipeline(id: $p) {{ version(number: $to) {{ \
            changesFrom(version: $from) {DIFFERENCE} }} }} }}"
    )
}

async fn between(caller: &Caller, pipeline: &str, from: i64, to: i64) -> Json {
    let variables = json!({ "p": pipeline, "from": from, "to": to });
    let data = caller.data(&of_version(), variables).await;
    data["pipeline"]["version"]["changesFrom"].clone()
}

async fn a_version_is_compared_with_another_one_and_a_renamed_stage_is_one_change(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &file("draft", "hello", 0)).await;
    push(owner, &pipeline, &file("write", "hello", 0)).await;
    push(owner, &pipeline, &file("write", "hello", 90)).await;

    // Whoever may read the pipeline may compare its versions.
    let viewer = &a.of(Role::Viewer).caller;
    let found = between(viewer, &pipeline, 1, 2).await;
    assert_eq!(
        (&found["same"], &found["onlyLayout"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        (&found["added"], &found["removed"]),
        (&json!([]), &json!([]))
    );
    let changed = found["changed"].as_array().expect("a list");
    assert_eq!(changed.len(), 2, "{found}");
    assert_eq!(changed[0]["kinds"], json!(["RENAMED"]));
    assert_eq!(changed[0]["before"]["id"], "draft");
    assert_eq!(changed[0]["after"]["id"], "write");
    assert_eq!(
        changed[1]["fields"],
        json!([{ "kind": "CHANGED", "field": "depends_on", "before": ["draft"],
            "after": ["write"], "followsRename": true }])
    );

    let layout = between(viewer, &pipeline, 2, 3).await;
    assert_eq!(
        (&layout["same"], &layout["onlyLayout"]),
        (&json!(false), &json!(true))
    );
    let nothing = between(viewer, &pipeline, 3, 3).await;
    assert_eq!(
        (&nothing["same"], &nothing["summary"]),
        (&json!(true), &json!("no difference"))
    );

    let missing = json!({ "p": pipeline, "from": 4, "to": 1 });
    assert_eq!(viewer.code(&of_version(), missing).await, "NOT_FOUND");
    let other = app.org("B").await;
    let foreign = json!({ "p": pipeline, "from": 1, "to": 2 });
    let theirs = &other.owner().caller;
    assert_eq!(theirs.code(&of_version(), foreign).await, "NOT_FOUND");
}

async fn a_draft_is_compared_with_its_base_and_with_any_version(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &file("draft", "hello", 0)).await;
    push(owner, &pipeline, &file("draft", "hi", 0)).await;
    let open = "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { draft { revision } } }";
    owner.data(open, json!({ "p": pipeline })).await;
    let edit = "mutation($p: ID!, $edits: [JSON!]!) { editDraft(input: {pipelineId: $p, revision: 0, \
        changeId: \"one\", edits: $edits}) { draft { revision } } }";
    let edits = json!([{ "op": "removeStage", "stage": "send" }]);
    owner
        .data(edit, json!({ "p": pipeline, "edits": edits }))
        .await;

    let query = format!(
        "query($p: ID!, $from: Int) {{ pipeline(id: $p) {{ draft {{ \
            changesFrom(version: $from) {DIFFERENCE} }} }} }}"
    );
    let viewer = &a.of(Role::Viewer).caller;
    let base = viewer.data(&query, json!({ "p": pipeline })).await;
    let base = &base["pipeline"]["draft"]["changesFrom"];
    assert_eq!(base["removed"], json!([{ "id": "send" }]));
    assert_eq!(base["changed"], json!([]));
    let first = viewer
        .data(&query, json!({ "p": pipeline, "from": 1 }))
        .await;
    let first = &first["pipeline"]["draft"]["changesFrom"];
    assert_eq!(first["removed"], json!([{ "id": "send" }]));
    assert_eq!(
        first["changed"][0]["fields"],
        json!([{ "kind": "CHANGED", "field": "config.value", "before": "hello", "after": "hi",
            "followsRename": false }])
    );

    // Restoring a version makes it the draft, and is undone like any other change.
    let restore = "mutation($p: ID!) { restoreDraft(input: {pipelineId: $p, versionNumber: 1, \
        changeId: \"two\"}) { draft { source } change { reason } } }";
    let restored = owner.data(restore, json!({ "p": pipeline })).await;
    assert_eq!(restored["restoreDraft"]["change"]["reason"], "RESTORE");
    let same = viewer
        .data(&query, json!({ "p": pipeline, "from": 1 }))
        .await;
    assert_eq!(same["pipeline"]["draft"]["changesFrom"]["same"], true);
}

async fn the_stages_of_a_draft_are_charged_at_each_alias(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &file("draft", "hello", 0)).await;
    let open = "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { draft { revision } } }";
    owner.data(open, json!({ "p": pipeline })).await;
    let edit = "mutation($p: ID!, $edits: [JSON!]!) { editDraft(input: {pipelineId: $p, revision: 0, \
        changeId: \"one\", edits: $edits}) { draft { revision } } }";
    let long = "n".repeat(200_000);
    let edits = json!([{ "op": "setField", "stage": "read", "path": ["name"], "value": long }]);
    owner
        .data(edit, json!({ "p": pipeline, "edits": edits }))
        .await;
    let query = |fields: &str| {
        format!("query($p: ID!) {{ pipeline(id: $p) {{ draft {{ stages {{ {fields} }} }} }} }}")
    };
    let once = owner.data(&query("name"), json!({ "p": pipeline })).await;
    assert_eq!(
        once["pipeline"]["draft"]["stages"][0]["name"],
        json!("n".repeat(200_000))
    );
    // The response would have twelve megabytes.
    let names: String = (0..60).map(|at| format!("a{at}: name ")).collect();
    let code = owner.code(&query(&names), json!({ "p": pipeline })).await;
    assert_eq!(code, "LIMIT_EXCEEDED");
}
