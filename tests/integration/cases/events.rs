//! Triggers for runs of other pipelines and for events, fired by a real worker.

use std::time::Duration;

use domain::Role;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        people::key,
        pipelines::{chain, create, finished, start, text},
    },
};

cases![Shared:
    the_end_of_a_run_starts_another_one_with_what_it_said,
    an_event_that_a_key_sends_starts_a_run_once_in_every_mode,
    an_event_needs_the_permission_and_the_form_of_cloud_events,
];

const CREATE: &str = "mutation($p: ID!, $d: JSON!) { \
    createTrigger(input: {pipelineId: $p, definition: $d}) { trigger { id kind words timezone } } }";
const ENABLE: &str = "mutation($id: ID!) { \
    setTriggerEnabled(input: {id: $id, enabled: true}) { trigger { enabled } } }";
const FIRINGS: &str = "query($id: ID!) { trigger(id: $id) { problem { message } \
    firings(first: 100) { state reason forRun { id } run { id } } } }";
const EVENTS: &str = "{ events(first: 10) { edges { node { id senderId source type subject time \
    data extensions sentBy { kind } firings { trigger { name } firing { state } } } } } }";

/// A new trigger, which is enabled.
pub async fn enabled(owner: &Caller, pipeline: &str, definition: &Json) -> Json {
    let variables = json!({ "p": pipeline, "d": definition });
    let made = owner.data(CREATE, variables).await;
    let made = made["createTrigger"]["trigger"].clone();
    owner.data(ENABLE, json!({ "id": made["id"] })).await;
    made
}

/// Sends an event in structured mode.
pub async fn send(caller: &Caller, media_type: &str, body: &Json) -> Answer {
    let request = caller
        .request(Method::POST, "/events")
        .header("content-type", media_type)
        .body(body.to_string());
    Answer::of(request.send().await.expect("the server answers")).await
}

/// An event of a shop.
pub fn event(id: &str) -> Json {
    json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order.paid",
        "data": { "value": 7 } })
}

/// The firings of a trigger, once at least `count` started a run.
async fn fired(caller: &Caller, id: &Json, count: usize) -> Vec<Json> {
    for _ in 0..600 {
        let data = caller.data(FIRINGS, json!({ "id": id })).await;
        let all = data["trigger"]["firings"]
            .as_array()
            .expect("a list")
            .clone();
        let fired = all.iter().filter(|one| one["state"] == "FIRED");
        if fired.count() >= count {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the trigger {id} has not fired {count} times");
}

async fn the_end_of_a_run_starts_another_one_with_what_it_said(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let first = create(owner, &chain(1).replace("Chain", "First")).await;
    let second = create(owner, &chain(1).replace("Chain", "Second")).await;
    let definition = json!({ "type": "run_finished", "name": "after", "pipelines": ["First"],
        "input_mapping": { "value": "state" } });
    let trigger = enabled(owner, &second, &definition).await;
    assert_eq!(trigger["kind"], "RUN_FINISHED");
    assert_eq!(trigger["words"], "whenever a run of First has succeeded");
    assert_eq!(trigger["timezone"], Json::Null);
    let run = start(owner, &first).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let all = fired(owner, &trigger["id"], 1).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["forRun"]["id"], json!(run));
    let next = text(&all[0]["run"]["id"]);
    assert_eq!(finished(owner, &next).await, "SUCCEEDED");
}

async fn an_event_that_a_key_sends_starts_a_run_once_in_every_mode(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (_, sender) = key(&app, a.owner(), Role::Developer).await;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "type": "event", "name": "paid", "event_type": "order.*",
        "where": { "data.value": { "gt": 5 } } });
    let trigger = enabled(owner, &pipeline, &definition).await;
    assert_eq!(trigger["kind"], "EVENT");
    let structured = "application/cloudevents+json";
    let answer = send(&sender, structured, &event("1")).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["events"][0]["firings"], 1);
    // The same one, in binary mode.
    let binary = sender
        .request(Method::POST, "/events")
        .header("content-type", "application/json")
        .header("ce-specversion", "1.0")
        .header("ce-id", "1")
        .header("ce-source", "/shop")
        .header("ce-type", "order.paid")
        .body("{\"value\": 7}");
    let binary = Answer::of(binary.send().await.expect("the server answers")).await;
    assert_eq!(binary.status, 202, "{}", binary.text);
    assert_eq!(binary.json()["events"][0]["repeated"], true);
    let mut small = event("3");
    small["data"]["value"] = json!(5);
    let batch = json!([event("2"), small]);
    let answer = send(&sender, "application/cloudevents-batch+json", &batch).await;
    assert_eq!(answer.json()["events"][0]["firings"], 1, "{}", answer.text);
    assert_eq!(answer.json()["events"][1]["firings"], 0);
    let all = fired(owner, &trigger["id"], 2).await;
    assert_eq!(all.len(), 2);
    let listed = owner.data(EVENTS, json!({})).await;
    let edges = listed["events"]["edges"]
        .as_array()
        .expect("a list")
        .clone();
    assert_eq!(edges.len(), 3);
    let oldest = &edges[2]["node"];
    assert_eq!(oldest["senderId"], "1");
    assert_eq!(oldest["type"], "order.paid");
    assert_eq!(oldest["data"], json!({ "value": 7 }));
    assert_eq!(oldest["firings"][0]["trigger"]["name"], "paid");
    assert_eq!(oldest["firings"][0]["firing"]["state"], "FIRED");
    assert_eq!(edges[0]["node"]["firings"], json!([]));
}

async fn an_event_needs_the_permission_and_the_form_of_cloud_events(app: TestApp) {
    let a = app.org("A").await;
    let (_, reader) = key(&app, a.owner(), Role::Viewer).await;
    let (_, sender) = key(&app, a.owner(), Role::Developer).await;
    let structured = "application/cloudevents+json";
    let answer = send(&reader, structured, &event("1")).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let answer = send(&app.anonymous(), structured, &event("1")).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    let mut old = event("1");
    old["specversion"] = json!("0.3");
    let answer = send(&sender, structured, &old).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let answer = send(&sender, "application/json", &event("1")).await;
    assert_eq!(answer.status, 400, "no attributes in its headers");
    let answer = sender.get("/events").await;
    assert_eq!(answer.status, 405, "{}", answer.text);
}
