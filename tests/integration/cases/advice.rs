//! Advice about pipelines and failed runs, made without a model.

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        TestApp,
        pipelines::{create, finished, start, text},
    },
};

cases![Shared:
    a_version_and_a_checked_file_have_findings_and_an_explanation,
    a_failed_run_says_why_with_the_events_that_show_it,
];

/// A stage that has no retry and fails in every run, since it may not reach this address.
fn file() -> String {
    json!({ "name": "Advised", "stages": [
        { "id": "first", "component": "variable_set", "config": { "name": "v", "value": 1 } },
        { "id": "each", "component": "foreach", "depends_on": ["first"],
          "config": { "items": [1], "loop_stages": ["get"] } },
        { "id": "get", "component": "http_request",
          "config": { "url": "http://127.0.0.1:1/{{context.item}}" } },
    ] })
    .to_string()
}

const FINDINGS: &str =
    "findings { rule level message help stage others path line column edits safe }";

fn rules(found: &Json) -> Vec<String> {
    let found = found.as_array().expect("a list");
    found
        .iter()
        .map(|one| format!("{} {}", text(&one["rule"]), text(&one["stage"])))
        .collect()
}

async fn a_version_and_a_checked_file_have_findings_and_an_explanation(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &file()).await;
    let read = format!(
        "query($p: ID!) {{ pipeline(id: $p) {{ latestVersion {{ explanation {FINDINGS} }} }} }}"
    );
    let data = owner.data(&read, json!({ "p": pipeline })).await;
    let version = &data["pipeline"]["latestVersion"];
    assert_eq!(
        rules(&version["findings"]),
        ["unused_output first", "missing_retry get"]
    );
    let found = &version["findings"][1];
    assert_eq!(found["level"], "SUGGESTION");
    assert_eq!(found["edits"][0]["op"], "setField");
    assert_eq!(found["safe"], true);
    let explained = text(&version["explanation"]);
    assert!(explained.contains("For each item:"), "{explained}");
    assert!(explained.contains("a GET request"), "{explained}");

    let check = format!("query($s: String!) {{ validatePipeline(source: $s) {{ {FINDINGS} }} }}");
    let data = owner.data(&check, json!({ "s": file() })).await;
    let checked = &data["validatePipeline"]["findings"];
    assert_eq!(checked, &version["findings"]);
    let data = owner.data(&check, json!({ "s": "{}" })).await;
    assert_eq!(data["validatePipeline"]["findings"], json!([]));
}

async fn a_failed_run_says_why_with_the_events_that_show_it(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &file()).await;
    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "FAILED");
    let read = "query($r: ID!) { run(id: $r) { lastSeq error { code } failure { stage stageId code \
        explanation help similarStages findings { rule } evidence { seq stage text } } } }";
    let data = owner.data(read, json!({ "r": run })).await;
    let failure = &data["run"]["failure"];
    assert_eq!(failure["stage"], "each[0]/get");
    assert_eq!(failure["stageId"], "get");
    assert_eq!(failure["code"], data["run"]["error"]["code"]);
    let explained = text(&failure["explanation"]);
    assert!(
        explained.starts_with("`get` in item 1 of `each` failed"),
        "{explained}"
    );
    let evidence = failure["evidence"].as_array().expect("a list");
    assert_eq!(evidence.len(), 3, "{evidence:#?}");
    assert_eq!(evidence[0]["stage"], "each[0]/get");
    assert_eq!(evidence[1]["stage"], "each");
    assert_eq!(evidence[2]["seq"], data["run"]["lastSeq"]);
}
