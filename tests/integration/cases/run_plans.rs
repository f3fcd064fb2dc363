//! What a run will do, over GraphQL, and what is new compared with another version.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{create, push, text},
    },
};

cases![Shared:
    a_version_says_what_its_run_will_do_before_it_is_run,
    a_version_is_compared_with_the_published_one_or_with_one_that_is_named,
];

/// A pipeline that sends a request to this host.
fn sends(host: &str) -> String {
    json!({
        "name": "Sends", "version": "1.0.0",
        "input_schema": { "type": "object", "required": ["id"] },
        "stages": [
            { "id": "each", "component": "foreach",
              "config": { "items": "{{input.rows}}", "loop_stages": ["ask"] } },
            { "id": "ask", "component": "generator", "config": { "prompt": "hi {{context.item}}" } },
            { "id": "post", "component": "http_request", "depends_on": ["each"],
              "config": { "url": format!("https://{host}/{{{{input.id}}}}"), "method": "POST" } },
        ],
    })
    .to_string()
}

const PLAN: &str = "query($p: ID!) { pipeline(id: $p) { latestVersion { runPlan { stageCount \
    requests { stage method host hostDecidedBy often { atMost text } } \
    models { stage often { atMost perItemOf } costPerCallUsd costAtMostUsd } costAtMostUsd \
    afterCrash { stage rule } inputFields requiredInputFields outputStages environmentVariables \
    control { stage itemsDecidedBy branches { when stages } } \
    longestPath { stageCount atMostSeconds open { stage } steps { stage depth } } } } } }";

async fn a_version_says_what_its_run_will_do_before_it_is_run(app: TestApp) {
    let a = app.org("A").await;
    let pipeline = create(&a.owner().caller, &sends("api.example.com")).await;
    // Whoever may read the pipeline may read what it will do.
    let viewer = &a.of(Role::Viewer).caller;
    let data = viewer.data(PLAN, json!({ "p": pipeline })).await;
    let plan = &data["pipeline"]["latestVersion"]["runPlan"];
    assert_eq!(plan["stageCount"], 3);
    let request = &plan["requests"][0];
    assert_eq!(
        (
            &request["method"],
            &request["host"],
            &request["hostDecidedBy"]
        ),
        (&json!("POST"), &json!("api.example.com"), &Json::Null)
    );
    assert_eq!(request["often"]["text"], "once");
    let model = &plan["models"][0];
    assert_eq!(
        model["often"],
        json!({ "atMost": null, "perItemOf": ["each"] })
    );
    assert_eq!(model["costPerCallUsd"], Json::Null, "unknown, not zero");
    assert_eq!(plan["costAtMostUsd"], Json::Null);
    let rules = plan["afterCrash"].as_array().expect("a list");
    assert!(rules.contains(&json!({ "stage": "post", "rule": "REPEATED_WITH_SAME_KEY" })));
    assert!(rules.contains(&json!({ "stage": "ask", "rule": "CALLED_AGAIN" })));
    assert_eq!(plan["inputFields"], json!(["id", "rows"]));
    assert_eq!(plan["requiredInputFields"], json!(["id"]));
    assert_eq!(plan["outputStages"], json!(["post"]));
    assert_eq!(plan["environmentVariables"], json!([]));
    let control = &plan["control"][0];
    assert_eq!(control["itemsDecidedBy"], "{{input.rows}}");
    assert_eq!(control["branches"][0]["stages"], json!(["ask"]));
    assert_eq!(plan["longestPath"]["open"], json!([{ "stage": "each" }]));
}

const CHANGES: &str = "query($p: ID!, $against: ID, $in: Environment) { pipeline(id: $p) { \
    latestVersion { id runPlanChanges(against: $against, environment: $in) { \
        against { number } changes { kind about stages text } } } } }";

async fn changes(caller: &Caller, variables: Json) -> Json {
    let data = caller.data(CHANGES, variables).await;
    data["pipeline"]["latestVersion"]["runPlanChanges"].clone()
}

async fn a_version_is_compared_with_the_published_one_or_with_one_that_is_named(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &sends("old.example.com")).await;
    let ids = "query($p: ID!) { pipeline(id: $p) { latestVersion { id } } }";
    let first = owner.data(ids, json!({ "p": pipeline })).await;
    let first = text(&first["pipeline"]["latestVersion"]["id"]);
    push(owner, &pipeline, &sends("new.example.com")).await;

    let none = changes(owner, json!({ "p": pipeline })).await;
    assert_eq!(none, Json::Null, "nothing is published to production");
    let publish = "mutation($p: ID!) { publishPipeline(input: {pipelineId: $p, versionNumber: 1, \
        environment: STAGING}) { publication { id } } }";
    owner.data(publish, json!({ "p": pipeline })).await;

    for variables in [
        json!({ "p": pipeline, "in": "STAGING" }),
        json!({ "p": pipeline, "against": first }),
    ] {
        let found = changes(owner, variables).await;
        assert_eq!(found["against"]["number"], 1);
        let wanted = json!([
            { "kind": "NEW", "about": "request", "stages": ["post"],
              "text": "newly POSTs to new.example.com" },
            { "kind": "GONE", "about": "request", "stages": ["post"],
              "text": "no longer POSTs to old.example.com" },
        ]);
        assert_eq!(found["changes"], wanted);
    }
    let data = owner
        .data(CHANGES, json!({ "p": pipeline, "in": "STAGING" }))
        .await;
    let latest = text(&data["pipeline"]["latestVersion"]["id"]);
    let same = changes(owner, json!({ "p": pipeline, "against": latest })).await;
    assert_eq!(same["changes"], json!([]));
}
