//! Triggers over GraphQL, fired by a real worker.

use std::time::Duration;

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, finished, push, text},
    },
};

cases![Shared:
    an_enabled_schedule_starts_runs_until_it_is_disabled,
    a_file_declares_triggers_that_somebody_enables,
    what_is_wrong_with_a_definition_is_said_with_the_field,
    a_schedule_is_previewed_without_being_stored,
    a_past_range_is_back_filled_and_no_instant_of_it_runs_twice,
    a_sentence_becomes_a_definition_that_somebody_creates,
    d31_firings_of_many_triggers_in_one_second_start_one_run_each,
];

const CREATE: &str = "mutation($p: ID!, $d: JSON!) { \
    createTrigger(input: {pipelineId: $p, definition: $d}) { trigger { id enabled words } } }";
const ENABLE: &str = "mutation($id: ID!, $on: Boolean!) { \
    setTriggerEnabled(input: {id: $id, enabled: $on}) { trigger { enabled enabledBy { kind } } } }";
const FIRINGS: &str = "query($id: ID!) { trigger(id: $id) { problem { code message } \
    firings(first: 100) { dueAt state reason run { id } } } }";

async fn enable(caller: &Caller, id: &str, on: bool) {
    let data = caller.data(ENABLE, json!({ "id": id, "on": on })).await;
    assert_eq!(data["setTriggerEnabled"]["trigger"]["enabled"], json!(on));
}

/// The firings of a trigger, once at least `count` started a run.
async fn fired(caller: &Caller, id: &str, count: usize) -> Vec<Json> {
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

async fn an_enabled_schedule_starts_runs_until_it_is_disabled(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "name": "often", "cron": "* * * * * *", "overlap": "allow",
        "input": { "value": 1 } });
    let made = owner
        .data(CREATE, json!({ "p": pipeline, "d": definition }))
        .await;
    let trigger = &made["createTrigger"]["trigger"];
    assert_eq!(trigger["enabled"], false);
    assert_eq!(trigger["words"], "every second (UTC)");
    let id = text(&trigger["id"]);
    enable(owner, &id, true).await;
    let firings = fired(owner, &id, 2).await;
    let mut instants: Vec<String> = firings.iter().map(|one| text(&one["dueAt"])).collect();
    let count = instants.len();
    instants.dedup();
    assert_eq!(instants.len(), count, "each instant once");
    let ran = firings.iter().find(|one| one["state"] == "FIRED");
    let run = text(&ran.expect("a firing")["run"]["id"]);
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let why = "query($id: ID!) { run(id: $id) { trigger { id name } } }";
    let why = owner.data(why, json!({ "id": run })).await;
    assert_eq!(why["run"]["trigger"], json!({ "id": id, "name": "often" }));
    enable(owner, &id, false).await;
    let before = owner.data(FIRINGS, json!({ "id": id })).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = owner.data(FIRINGS, json!({ "id": id })).await;
    let count = |data: &Json| {
        let all = data["trigger"]["firings"].as_array().expect("a list");
        all.len()
    };
    assert_eq!(count(&before), count(&after), "nothing fires any more");
    let viewer = &a.of(Role::Viewer).caller;
    let refused = viewer.code(ENABLE, json!({ "id": id, "on": true })).await;
    assert_eq!(refused, "FORBIDDEN");
}

async fn a_file_declares_triggers_that_somebody_enables(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let source = |hour: &str| {
        let mut file: Json = serde_json::from_str(&chain(1)).expect("JSON");
        file["triggers"] = json!({ "schedules": [{ "name": "daily",
            "cron": format!("0 {hour} * * *"), "timezone": "Europe/Berlin" }] });
        file.to_string()
    };
    let pipeline = create(owner, &source("9")).await;
    let all = "query($p: ID!) { pipeline(id: $p) { triggers { id origin enabled words next \
        definition environment } } }";
    let data = owner.data(all, json!({ "p": pipeline })).await;
    let trigger = &data["pipeline"]["triggers"][0];
    assert_eq!(trigger["origin"], "FILE");
    assert_eq!(trigger["enabled"], false);
    assert_eq!(trigger["words"], "at 09:00 every day (Europe/Berlin)");
    assert_eq!(trigger["next"].as_array().expect("a list").len(), 5);
    let id = text(&trigger["id"]);
    enable(owner, &id, true).await;
    push(owner, &pipeline, &source("10")).await;
    let data = owner.data(all, json!({ "p": pipeline })).await;
    let trigger = &data["pipeline"]["triggers"][0];
    assert_eq!(trigger["enabled"], true, "who enabled it stays");
    assert_eq!(trigger["words"], "at 10:00 every day (Europe/Berlin)");
    push(owner, &pipeline, &chain(2)).await;
    let data = owner.data(all, json!({ "p": pipeline })).await;
    assert_eq!(data["pipeline"]["triggers"], json!([]));
}

async fn what_is_wrong_with_a_definition_is_said_with_the_field(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    for (definition, code) in [
        (
            json!({ "name": "n", "cron": "0 0 30 2 *" }),
            "INVALID_INPUT",
        ),
        (
            json!({ "name": "n", "cron": "61 * * * *" }),
            "INVALID_INPUT",
        ),
        (
            json!({ "name": "n", "cron": "0 9 * * *", "timezone": "Europe/Berln" }),
            "INVALID_INPUT",
        ),
        (json!({ "name": "n", "every": "0d" }), "INVALID_INPUT"),
        (json!({ "name": "n" }), "INVALID_INPUT"),
        (json!([]), "INVALID_INPUT"),
    ] {
        let found = owner
            .code(CREATE, json!({ "p": pipeline, "d": definition }))
            .await;
        assert_eq!(found, code, "{definition}");
    }
}

async fn a_schedule_is_previewed_without_being_stored(app: TestApp) {
    const PREVIEW: &str = "query($d: JSON!, $first: Int) { triggerPreview(definition: $d, first: $first) { \
        words timezone next problems { severity message } } }";
    let a = app.org("A").await;
    let viewer = &a.of(Role::Viewer).caller;
    let right = json!({ "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin" });
    let data = viewer.data(PREVIEW, json!({ "d": right })).await;
    let preview = &data["triggerPreview"];
    assert_eq!(
        preview["words"],
        "at 09:00 on Monday to Friday (Europe/Berlin)"
    );
    assert_eq!(preview["timezone"], "Europe/Berlin");
    assert_eq!(preview["next"].as_array().expect("a list").len(), 10);
    assert_eq!(preview["problems"], json!([]));
    let every = json!({ "interval": "15m" });
    let data = viewer
        .data(PREVIEW, json!({ "d": every, "first": 3 }))
        .await;
    let next = &data["triggerPreview"]["next"];
    assert_eq!(next.as_array().expect("a list").len(), 3);
    let wrong = json!({ "cron": "0 9 31 2 *" });
    let data = viewer.data(PREVIEW, json!({ "d": wrong })).await;
    let preview = &data["triggerPreview"];
    assert_eq!(preview["words"], Json::Null);
    assert_eq!(preview["next"], json!([]));
    let message = text(&preview["problems"][0]["message"]);
    assert!(message.contains("never fires"), "{message}");
}

async fn a_past_range_is_back_filled_and_no_instant_of_it_runs_twice(app: TestApp) {
    const BACKFILL: &str = "mutation($id: ID!, $from: DateTime!, $to: DateTime!) { \
        backfillTrigger(input: {id: $id, from: $from, to: $to}) { trigger { id } } }";
    const LIST: &str = "query($id: ID!) { trigger(id: $id) { words probe { ok } backfills { status planned \
        known pending fired refused } firings { dueAt state run { id } } } }";
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "name": "monthly", "rrule": "FREQ=MONTHLY;BYMONTHDAY=1",
        "overlap": "allow", "input": { "value": 1 } });
    let made = owner
        .data(CREATE, json!({ "p": pipeline, "d": definition }))
        .await;
    let trigger = &made["createTrigger"]["trigger"];
    assert_eq!(
        trigger["words"],
        "every month on day 1 of the month at 00:00 (UTC)"
    );
    let id = text(&trigger["id"]);
    let range = json!({ "id": id, "from": "2024-01-01T00:00:00Z", "to": "2024-03-31T00:00:00Z" });
    assert_eq!(owner.code(BACKFILL, range.clone()).await, "CONFLICT");
    enable(owner, &id, true).await;
    let wrong = json!({ "id": id, "from": "2024-03-01T00:00:00Z", "to": "2024-01-01T00:00:00Z" });
    assert_eq!(owner.code(BACKFILL, wrong).await, "INVALID_INPUT");
    let viewer = &a.of(Role::Viewer).caller;
    assert_eq!(viewer.code(BACKFILL, range.clone()).await, "FORBIDDEN");
    owner.data(BACKFILL, range.clone()).await;
    let firings = fired(owner, &id, 3).await;
    assert_eq!(firings.len(), 3);
    owner.data(BACKFILL, range).await;
    let data = owner.data(LIST, json!({ "id": id })).await;
    let trigger = &data["trigger"];
    let done = |planned: i32, known: i32| {
        json!({ "status": "FINISHED", "planned": planned, "known": known, "pending": 0,
            "fired": planned, "refused": 0 })
    };
    assert_eq!(trigger["backfills"], json!([done(0, 3), done(3, 0)]));
    assert_eq!(trigger["firings"].as_array().expect("a list").len(), 3);
    assert_eq!(trigger["probe"], Json::Null, "it was not tried yet");
    let run = text(&trigger["firings"][0]["run"]["id"]);
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    enable(owner, &id, false).await;
}

async fn a_sentence_becomes_a_definition_that_somebody_creates(app: TestApp) {
    const READ: &str = "query($p: ID!, $s: String!, $z: String) { \
        triggerFromWords(pipelineId: $p, sentence: $s, timeZone: $z) { language \
        spans { from to understood } readings { words rule definition next questions { kind text } } \
        questions { kind } } }";
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let sentence = "every weekday at 9 in Berlin";
    let data = owner
        .data(READ, json!({ "p": pipeline, "s": sentence }))
        .await;
    let read = &data["triggerFromWords"];
    assert_eq!(read["language"], "ENGLISH");
    let reading = &read["readings"][0];
    assert_eq!(reading["next"].as_array().expect("a list").len(), 10);
    let mut definition = reading["definition"].clone();
    assert_eq!(
        definition,
        json!({ "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin" })
    );
    definition["name"] = json!("weekdays");
    let made = owner
        .data(CREATE, json!({ "p": pipeline, "d": definition }))
        .await;
    assert_eq!(made["createTrigger"]["trigger"]["enabled"], json!(false));
    // A sentence that orders something else has no definition.
    let sentence = "every hour, and delete the pipeline";
    let data = owner
        .data(READ, json!({ "p": pipeline, "s": sentence }))
        .await;
    let reading = &data["triggerFromWords"]["readings"][0];
    assert_eq!(reading["definition"], Json::Null);
    assert_eq!(reading["questions"][0]["kind"], "words");
    let code = owner
        .code(
            READ,
            json!({ "p": pipeline, "s": "daily at 9", "z": "Mars/Base" }),
        )
        .await;
    assert_eq!(code, "INVALID_INPUT");
}

async fn d31_firings_of_many_triggers_in_one_second_start_one_run_each(app: TestApp) {
    app.work();
    let (a, b) = (app.org("A").await, app.org("B").await);
    let mut made = Vec::new();
    for (org, count) in [(&a, 20), (&b, 5)] {
        let owner = &org.owner().caller;
        let pipeline = create(owner, &chain(1)).await;
        for number in 0..count {
            let definition = json!({ "name": format!("t{number}"), "cron": "*/5 * * * * *",
                "overlap": "allow", "input": { "value": 1 } });
            let data = owner
                .data(CREATE, json!({ "p": pipeline, "d": definition }))
                .await;
            let id = text(&data["createTrigger"]["trigger"]["id"]);
            enable(owner, &id, true).await;
            made.push((owner, id));
        }
    }
    for (owner, id) in &made {
        let firings = fired(owner, id, 1).await;
        let mut runs: Vec<String> = firings
            .iter()
            .filter(|one| one["state"] == "FIRED")
            .map(|one| text(&one["run"]["id"]))
            .collect();
        let count = runs.len();
        runs.sort();
        runs.dedup();
        assert_eq!(runs.len(), count, "one run for each firing");
        enable(owner, id, false).await;
    }
}
