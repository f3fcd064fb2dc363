//! Runs of drafts over GraphQL: whole, up to a stage, from one, one alone, and with pinned outputs.

use domain::{Role, audit};
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        pipelines::{chain, create, finished, push, text},
    },
};

cases![Shared:
    a_draft_is_run_at_a_revision_and_the_run_is_no_run_of_a_version,
    parts_of_a_draft_are_run_with_the_results_of_another_run,
    a_pinned_stage_is_not_executed_until_it_is_unpinned,
    an_output_of_a_run_is_pinned_and_follows_its_stage,
    a_run_of_a_draft_goes_on_after_a_crash_with_the_text_and_the_pins_that_it_had,
    a_draft_is_run_by_who_may_start_runs_and_read_pipelines,
];

const RUN: &str = "mutation($p: ID!, $r: Int!, $input: JSON, $upTo: String, $from: String, \
    $only: String, $old: ID, $key: String) { runDraft(input: {pipelineId: $p, revision: $r, \
        input: $input, upTo: $upTo, from: $from, only: $only, reuseFrom: $old, \
        idempotencyKey: $key}) { run { id draftRevision onlyStage version { number source } } } }";
const SHOWN: &str = "query($r: ID!) { run(id: $r) { status draftRevision output \
    stages { address status reused output skipReason } } }";
const PIN: &str = "mutation($p: ID!, $s: String!, $output: JSON, $run: ID) { \
    pinStageOutput(input: {pipelineId: $p, stage: $s, output: $output, runId: $run}) { \
        pin { stage output pinnedBy { kind name } pinnedAt } } }";
const UNPIN: &str = "mutation($p: ID!, $s: String!) { \
    unpinStageOutput(input: {pipelineId: $p, stage: $s}) { stage } }";
const DRAFT: &str = "query($p: ID!) { pipeline(id: $p) { draft { revision \
    pins { stage output } runs(first: 10) { id draftRevision } } \
    versions(first: 10) { edges { node { number } } } latestVersion { number } } }";

/// Opens the draft of a new pipeline.
async fn opened(caller: &Caller, source: &str) -> String {
    const OPEN: &str = "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { \
        draft { revision } } }";
    let id = create(caller, source).await;
    caller.data(OPEN, json!({ "p": id })).await;
    id
}

/// Makes edits of a draft, as its change with this number.
async fn edit(caller: &Caller, pipeline: &str, revision: i32, edits: Json) {
    const EDIT: &str = "mutation($p: ID!, $r: Int!, $id: String!, $edits: [JSON!]!) { \
        editDraft(input: {pipelineId: $p, revision: $r, changeId: $id, edits: $edits}) { \
            change { revision } } }";
    let variables = json!({ "p": pipeline, "r": revision, "id": revision.to_string(),
        "edits": edits });
    let made = caller.data(EDIT, variables).await;
    assert_eq!(made["editDraft"]["change"]["revision"], revision + 1);
}

/// The edit that sets the value of a stage.
fn set(stage: &str, value: &str) -> Json {
    json!([{ "op": "setField", "stage": stage, "path": ["config", "value"], "value": value }])
}

/// What a run is started with, besides its input.
fn asked(pipeline: &str, revision: i32, more: Json) -> Json {
    let mut variables = json!({ "p": pipeline, "r": revision, "input": { "value": 1 } });
    for (name, value) in more.as_object().expect("an object") {
        variables[name] = value.clone();
    }
    variables
}

/// Starts a run of a draft, waits until it has succeeded, and returns its id and what is shown of it.
async fn done(caller: &Caller, variables: Json) -> (String, Json) {
    let started = caller.data(RUN, variables).await;
    let id = text(&started["runDraft"]["run"]["id"]);
    assert_eq!(finished(caller, &id).await, "SUCCEEDED");
    let shown = caller.data(SHOWN, json!({ "r": id })).await;
    (id, shown["run"].clone())
}

/// A stage of a run: its status, whether it was reused, and its value.
fn stage(run: &Json, address: &str) -> Json {
    let stages = run["stages"].as_array().expect("stages");
    let found = stages.iter().find(|stage| stage["address"] == address);
    let found = found.unwrap_or_else(|| panic!("no {address}: {run}"));
    json!([
        found["status"],
        found["reused"],
        found["output"]["value"],
        found["skipReason"]
    ])
}

async fn a_draft_is_run_at_a_revision_and_the_run_is_no_run_of_a_version(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = opened(owner, &chain(2)).await;
    edit(owner, &pipeline, 0, set("s1", "new")).await;
    let moved = owner.graphql(RUN, asked(&pipeline, 0, json!({}))).await;
    assert_eq!(moved.code().as_deref(), Some("PRECONDITION_FAILED"));

    let key = json!({ "key": "once" });
    let started = owner.data(RUN, asked(&pipeline, 1, key.clone())).await;
    let started = &started["runDraft"]["run"];
    assert_eq!(started["draftRevision"], 1);
    assert_eq!(started["onlyStage"], Json::Null);
    assert_eq!(started["version"]["number"], 1);
    assert!(text(&started["version"]["source"]).contains("new"));
    let run = text(&started["id"]);
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let shown = owner.data(SHOWN, json!({ "r": run })).await;
    assert_eq!(
        stage(&shown["run"], "s1"),
        json!(["SUCCEEDED", false, "new", null])
    );
    let again = owner.data(RUN, asked(&pipeline, 1, key.clone())).await;
    assert_eq!(
        again["runDraft"]["run"]["id"],
        json!(run),
        "one run per key"
    );
    let other = owner.code(
        RUN,
        asked(&pipeline, 1, json!({ "key": "once", "upTo": "s0" })),
    );
    assert_eq!(other.await, "CONFLICT");

    // The draft moves on, and the run can still be read and retried. A request that is sent again has its run.
    edit(owner, &pipeline, 1, set("s1", "newer")).await;
    let late = owner.data(RUN, asked(&pipeline, 1, key.clone())).await;
    assert_eq!(late["runDraft"]["run"]["id"], json!(run));
    let stale = owner
        .code(RUN, asked(&pipeline, 1, json!({ "key": "new" })))
        .await;
    assert_eq!(stale, "PRECONDITION_FAILED");
    let retry = "mutation($r: ID!) { retryRun(input: {runId: $r}) { run { id draftRevision } } }";
    let retried = owner.data(retry, json!({ "r": run })).await;
    let retried = &retried["retryRun"]["run"];
    assert_eq!(retried["draftRevision"], 1);
    let retried = text(&retried["id"]);
    assert_eq!(finished(owner, &retried).await, "SUCCEEDED");
    let shown = owner.data(SHOWN, json!({ "r": retried })).await;
    assert_eq!(stage(&shown["run"], "s1")[2], "new");

    let shown = owner.data(DRAFT, json!({ "p": pipeline })).await;
    let shown = &shown["pipeline"];
    assert_eq!(
        shown["draft"]["runs"],
        json!([{ "id": retried, "draftRevision": 1 }, { "id": run, "draftRevision": 1 }])
    );
    assert_eq!(shown["latestVersion"]["number"], 1);
    let versions = shown["versions"]["edges"].as_array().expect("versions");
    assert_eq!(versions.len(), 1, "{shown}");
    push(owner, &pipeline, &chain(3)).await;
    let shown = owner.data(DRAFT, json!({ "p": pipeline })).await;
    assert_eq!(shown["pipeline"]["latestVersion"]["number"], 2);

    let rows = audit::list(&a.owner().ctx, 100).await.expect("the log");
    let row = rows.iter().find(|row| row.object_id == run);
    let row = row.expect("the start is in the log");
    assert_eq!(row.action, "run.start");
    assert!(row.detail.contains("draftRevision"), "{}", row.detail);

    // A draft with errors does not run.
    let broken = json!([{ "op": "setField", "stage": "s0", "path": ["depends_on"],
        "value": ["nowhere"] }]);
    edit(owner, &pipeline, 2, broken).await;
    let refused = owner.graphql(RUN, asked(&pipeline, 3, json!({}))).await;
    assert!(refused.code().is_some(), "{}", refused.text);
    assert!(refused.text.contains("nowhere"), "{}", refused.text);
}

async fn parts_of_a_draft_are_run_with_the_results_of_another_run(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = opened(owner, &chain(3)).await;
    let (_, run) = done(owner, asked(&pipeline, 0, json!({ "upTo": "s1" }))).await;
    assert_eq!(stage(&run, "s1"), json!(["SUCCEEDED", false, 1, null]));
    assert_eq!(
        stage(&run, "s2"),
        json!(["SKIPPED", false, null, "not_selected"])
    );

    let (old, _) = done(owner, asked(&pipeline, 0, json!({}))).await;
    edit(
        owner,
        &pipeline,
        0,
        set("s1", "changed {{upstream.s0.value}}"),
    )
    .await;
    for part in ["from", "only"] {
        let missing = owner.code(RUN, asked(&pipeline, 1, json!({ part: "s1" })));
        assert_eq!(missing.await, "INVALID_INPUT", "{part}");
    }
    let both = owner.code(
        RUN,
        asked(&pipeline, 1, json!({ "upTo": "s0", "only": "s1" })),
    );
    assert_eq!(both.await, "INVALID_INPUT");
    let (only, run) = done(
        owner,
        asked(&pipeline, 1, json!({ "only": "s1", "old": old })),
    )
    .await;
    assert_eq!(stage(&run, "s0"), json!(["SUCCEEDED", true, 1, null]));
    assert_eq!(
        stage(&run, "s1"),
        json!(["SUCCEEDED", false, "changed 1", null])
    );
    assert_eq!(
        stage(&run, "s2"),
        json!(["SKIPPED", false, null, "not_selected"])
    );

    let (_, run) = done(
        owner,
        asked(&pipeline, 1, json!({ "from": "s2", "old": only })),
    )
    .await;
    assert_eq!(stage(&run, "s1")[1], true);
    assert_eq!(
        stage(&run, "s2"),
        json!(["SUCCEEDED", false, "changed 1", null])
    );
    // What did not change is taken over in a run of all stages.
    let (_, run) = done(owner, asked(&pipeline, 1, json!({ "old": old }))).await;
    assert_eq!(stage(&run, "s0"), json!(["SUCCEEDED", true, 1, null]));
    assert_eq!(stage(&run, "s1")[1], false);

    let other = create(owner, &chain(1)).await;
    let elsewhere = crate::harness::pipelines::start(owner, &other).await;
    assert_eq!(finished(owner, &elsewhere).await, "SUCCEEDED");
    let refused = owner.code(RUN, asked(&pipeline, 1, json!({ "old": elsewhere })));
    assert_eq!(refused.await, "INVALID_INPUT");
}

async fn a_pinned_stage_is_not_executed_until_it_is_unpinned(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = opened(owner, &chain(2)).await;
    let variables =
        |stage: &str, output: Json| json!({ "p": pipeline, "s": stage, "output": output });
    let pinned = owner
        .data(PIN, variables("s0", json!({ "value": "pinned" })))
        .await;
    let pinned = &pinned["pinStageOutput"]["pin"];
    assert_eq!(pinned["stage"], "s0");
    assert_eq!(pinned["output"]["value"], "pinned");
    assert_eq!(pinned["pinnedBy"]["kind"], "user");
    let unknown = owner.code(PIN, variables("nowhere", json!(1))).await;
    assert_eq!(unknown, "INVALID_INPUT");
    let neither = owner.code(PIN, json!({ "p": pipeline, "s": "s0" })).await;
    assert_eq!(neither, "INVALID_INPUT");

    let (run, shown) = done(owner, asked(&pipeline, 0, json!({}))).await;
    assert_eq!(
        stage(&shown, "s0"),
        json!(["SUCCEEDED", true, "pinned", null])
    );
    assert_eq!(
        stage(&shown, "s1"),
        json!(["SUCCEEDED", false, "pinned", null])
    );
    let events = "query($r: ID!) { run(id: $r) { events { type body } } }";
    let events = owner.data(events, json!({ "r": run })).await;
    let first = &events["run"]["events"][0]["body"]["reused"];
    assert_eq!(first["pinned"], json!(["s0"]), "{events}");
    // A version knows nothing of pins.
    let version = crate::harness::pipelines::start(owner, &pipeline).await;
    assert_eq!(finished(owner, &version).await, "SUCCEEDED");
    let shown = owner.data(SHOWN, json!({ "r": version })).await;
    assert_eq!(stage(&shown["run"], "s1")[2], 1);

    let gone = json!({ "p": pipeline, "s": "s0" });
    assert_eq!(
        owner.data(UNPIN, gone.clone()).await["unpinStageOutput"]["stage"],
        "s0"
    );
    assert_eq!(owner.code(UNPIN, gone).await, "NOT_FOUND");
    let (_, run) = done(owner, asked(&pipeline, 0, json!({}))).await;
    assert_eq!(stage(&run, "s0"), json!(["SUCCEEDED", false, 1, null]));
}

async fn an_output_of_a_run_is_pinned_and_follows_its_stage(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    // Its output is stored beside the journal.
    let long = format!("{{{{'long' * {}}}}}", 20_000);
    let source = chain(2).replace("{{input.value}}", &long);
    let pipeline = opened(owner, &source).await;
    let (run, _) = done(owner, asked(&pipeline, 0, json!({}))).await;
    let variables = json!({ "p": pipeline, "s": "s0", "run": run });
    let pinned = owner.data(PIN, variables).await;
    let value = text(&pinned["pinStageOutput"]["pin"]["output"]["value"]);
    assert_eq!(value.len(), 80_000);
    edit(
        owner,
        &pipeline,
        0,
        json!([{ "op": "renameStage", "stage": "s0", "to": "first" }]),
    )
    .await;
    let (_, run) = done(owner, asked(&pipeline, 1, json!({}))).await;
    assert_eq!(stage(&run, "first")[1], true);
    assert_eq!(stage(&run, "s1")[2], json!(value));

    // Of a stage that was removed the pin does nothing, and undoing brings both back.
    let removed = json!([
        { "op": "removeStage", "stage": "first" },
        { "op": "setField", "stage": "s1", "path": ["config", "value"], "value": "alone" },
    ]);
    edit(owner, &pipeline, 1, removed).await;
    let (_, run) = done(owner, asked(&pipeline, 2, json!({}))).await;
    assert_eq!(
        stage(&run, "s1"),
        json!(["SUCCEEDED", false, "alone", null])
    );
    let shown = owner.data(DRAFT, json!({ "p": pipeline })).await;
    assert_eq!(shown["pipeline"]["draft"]["pins"][0]["stage"], "first");
}

async fn a_run_of_a_draft_goes_on_after_a_crash_with_the_text_and_the_pins_that_it_had(
    app: TestApp,
) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let set_of = |id: &str, before: &str, value: &str| {
        json!({ "id": id, "component": "variable_set", "depends_on": [before],
            "config": { "name": id, "value": value } })
    };
    let source = json!({ "name": "Sleeper", "version": "1.0.0", "stages": [
        { "id": "sleep", "component": "wait", "config": { "seconds": 3.0 } },
        set_of("pinned", "sleep", "executed"),
        set_of("end", "pinned", "then {{upstream.pinned.value}}"),
    ] });
    let pipeline = opened(owner, &source.to_string()).await;
    let pin = |value: &str| json!({ "p": pipeline, "s": "pinned", "output": { "value": value } });
    owner.data(PIN, pin("old pin")).await;
    let started = owner.data(RUN, asked(&pipeline, 0, json!({}))).await;
    let run = text(&started["runDraft"]["run"]["id"]);
    // Whatever it has done by now, it stops.
    app.stop_workers().await;
    owner.data(PIN, pin("new pin")).await;
    edit(owner, &pipeline, 0, set("end", "new text")).await;
    app.work();
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let shown = owner.data(SHOWN, json!({ "r": run })).await;
    assert_eq!(
        stage(&shown["run"], "pinned"),
        json!(["SUCCEEDED", true, "old pin", null])
    );
    assert_eq!(stage(&shown["run"], "end")[2], "then old pin");
}

async fn a_draft_is_run_by_who_may_start_runs_and_read_pipelines(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let owner = &a.owner().caller;
    let pipeline = opened(owner, &chain(1)).await;
    let start = asked(&pipeline, 0, json!({}));
    let pin = json!({ "p": pipeline, "s": "s0", "output": 1 });
    let unpin = json!({ "p": pipeline, "s": "s0" });
    let elsewhere = &b.owner().caller;
    let viewer = &a.of(Role::Viewer).caller;
    for (caller, code) in [(elsewhere, "NOT_FOUND"), (viewer, "FORBIDDEN")] {
        assert_eq!(caller.code(RUN, start.clone()).await, code);
        assert_eq!(caller.code(PIN, pin.clone()).await, code);
        assert_eq!(caller.code(UNPIN, unpin.clone()).await, code);
    }
    let made = "mutation { createApiKey(input: {name: \"k\", permissions: [\"run.start\"]}) { \
        secret } }";
    let made = owner.data(made, json!({})).await;
    let key = Secret::Key(text(&made["createApiKey"]["secret"]));
    let key = Caller::new(&app.base, key);
    assert_eq!(key.code(RUN, start.clone()).await, "FORBIDDEN");
    assert_eq!(
        a.of(Role::Developer).caller.data(RUN, start).await["runDraft"]["run"]["draftRevision"],
        0
    );
    let never = create(owner, &chain(1)).await;
    let none = owner.code(RUN, asked(&never, 0, json!({}))).await;
    assert_eq!(none, "NOT_FOUND", "it has no draft");
}
