//! Drafts over GraphQL: two people who work on one pipeline, and what they are told.

use domain::Role;
use futures::future::join;
use serde_json::{Value as Json, json};

use super::roles::{rows, used};
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        pipelines::{chain, create, text},
        socket::Socket,
    },
};

cases![Shared:
    two_people_who_change_a_draft_at_once_lose_nothing,
    a_conflict_has_both_sides_and_a_repeated_request_is_made_once,
    a_draft_is_saved_with_a_note_and_the_changes_of_others_only_on_request,
    listeners_hear_each_change_and_who_is_where,
    who_may_write_pipelines_and_not_read_them_sees_no_draft,
    a_caller_follows_a_limited_number_of_drafts,
    a_draft_has_its_stages_even_with_problems;
];

const OPEN: &str = "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { \
    draft { revision source behind baseVersion { number } } } }";
const EDIT: &str = "mutation($p: ID!, $r: Int!, $id: String!, $edits: [JSON!]!) { \
    editDraft(input: {pipelineId: $p, revision: $r, changeId: $id, edits: $edits}) { \
        draft { revision } \
        change { revision reason edits own changeId author { name } } \
        conflicts { place base mine theirs message } } }";
const DRAFT: &str = "query($p: ID!, $after: Int! = 0) { pipeline(id: $p) { draft { \
    revision oldestRevision source unsaved { author { name } own changes } \
    changes(after: $after, first: 100) { revision } history { canUndo canRedo } \
    problems { code } } } }";

const EVENTS: &str = "subscription($p: ID!, $after: Int) { \
    draftEvents(pipelineId: $p, after: $after) { __typename \
        ... on DraftChange { revision edits author { name } own } \
        ... on DraftBase { versionNumber } \
        ... on DraftPeople { people { actor { name } own stage field key } } } }";

/// The edit that sets the value of a stage.
fn set(stage: &str, value: &str) -> Json {
    json!([{ "op": "setField", "stage": stage, "path": ["config", "value"], "value": value }])
}

/// A pipeline with two stages, whose draft is open.
async fn opened(caller: &Caller) -> String {
    let id = create(caller, &chain(2)).await;
    let draft = caller.data(OPEN, json!({ "p": id })).await;
    let draft = &draft["openDraft"]["draft"];
    assert_eq!(draft["revision"], 0);
    assert_eq!(draft["source"], chain(2));
    assert_eq!(draft["baseVersion"]["number"], 1);
    id
}

async fn edit(caller: &Caller, pipeline: &str, (revision, id): (i64, &str), edits: Json) -> Json {
    let variables = json!({ "p": pipeline, "r": revision, "id": id, "edits": edits });
    caller.data(EDIT, variables).await["editDraft"].clone()
}

/// The value of a stage in the text of a draft.
fn value(draft: &Json, stage: usize) -> Json {
    let file: Json = serde_json::from_str(&text(&draft["source"])).expect("JSON");
    file["stages"][stage]["config"]["value"].clone()
}

async fn draft(caller: &Caller, pipeline: &str) -> Json {
    let data = caller.data(DRAFT, json!({ "p": pipeline })).await;
    data["pipeline"]["draft"].clone()
}

/// Makes fifty changes of a stage, one after the other.
async fn fifty(caller: &Caller, pipeline: &str, stage: &str) {
    let mut revision = 0;
    for at in 1..=50 {
        let (id, edits) = (format!("change {at}"), set(stage, &at.to_string()));
        let made = edit(caller, pipeline, (revision, &id), edits).await;
        assert_eq!(made["conflicts"], json!([]), "{made}");
        revision = made["change"]["revision"].as_i64().expect("a revision");
    }
}

async fn two_people_who_change_a_draft_at_once_lose_nothing(app: TestApp) {
    let a = app.org("A").await;
    let (owner, developer) = (&a.owner().caller, &a.of(Role::Developer).caller);
    let pipeline = opened(owner).await;
    join(
        fifty(owner, &pipeline, "s0"),
        fifty(developer, &pipeline, "s1"),
    )
    .await;
    let one = draft(owner, &pipeline).await;
    assert_eq!(one["revision"], 100);
    assert_eq!((value(&one, 0), value(&one, 1)), (json!("50"), json!("50")));
    let revisions: Vec<i64> = one["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|change| change["revision"].as_i64())
        .collect();
    assert_eq!(revisions, (1..=100).collect::<Vec<_>>());
    assert_eq!(draft(developer, &pipeline).await["source"], one["source"]);
}

async fn a_conflict_has_both_sides_and_a_repeated_request_is_made_once(app: TestApp) {
    let a = app.org("A").await;
    let (owner, developer) = (&a.owner().caller, &a.of(Role::Developer).caller);
    let pipeline = opened(owner).await;
    let first = edit(owner, &pipeline, (0, "1"), set("s0", "mine")).await;
    assert_eq!(first["change"]["revision"], 1);
    assert_eq!(first["change"]["own"], true);
    let again = edit(owner, &pipeline, (0, "1"), set("s0", "mine")).await;
    assert_eq!(again, first);

    let met = edit(developer, &pipeline, (0, "1"), set("s0", "other")).await;
    assert_eq!(met["change"], Json::Null);
    assert_eq!(met["draft"]["revision"], 1);
    let conflict = &met["conflicts"][0];
    assert_eq!(conflict["mine"]["value"], "other", "{conflict}");
    assert_eq!(conflict["theirs"]["value"], "mine", "{conflict}");
    assert_eq!(conflict["base"], "{{input.value}}", "{conflict}");
    let both = edit(developer, &pipeline, (0, "1"), set("s1", "other")).await;
    assert_eq!(both["change"]["revision"], 2);

    let undo = "mutation($p: ID!) { undoDraft(input: {pipelineId: $p, changeId: \"u\"}) { \
        draft { source } change { reason } conflicts { message } } }";
    let undone = owner.data(undo, json!({ "p": pipeline })).await;
    let undone = &undone["undoDraft"];
    assert_eq!(undone["change"]["reason"], "UNDO");
    assert_eq!(value(&undone["draft"], 0), "{{input.value}}");
    assert_eq!(value(&undone["draft"], 1), "other");
    let shown = draft(owner, &pipeline).await;
    assert_eq!(
        shown["history"],
        json!({ "canUndo": false, "canRedo": true })
    );

    for (edits, code) in [
        (json!([{ "op": "explode" }]), "INVALID_INPUT"),
        (set("nowhere", "x"), "INVALID_INPUT"),
    ] {
        let variables = json!({ "p": pipeline, "r": 3, "id": "bad", "edits": edits });
        assert_eq!(owner.code(EDIT, variables).await, code);
    }
    let ahead = json!({ "p": pipeline, "r": 9, "id": "bad", "edits": set("s0", "x") });
    assert_eq!(owner.code(EDIT, ahead).await, "INVALID_INPUT");
}

async fn a_draft_is_saved_with_a_note_and_the_changes_of_others_only_on_request(app: TestApp) {
    let a = app.org("A").await;
    let (owner, developer) = (&a.owner().caller, &a.of(Role::Developer).caller);
    let pipeline = opened(owner).await;
    edit(owner, &pipeline, (0, "1"), set("s0", "1")).await;
    edit(developer, &pipeline, (1, "1"), set("s1", "2")).await;
    let save = "mutation($p: ID!, $r: Int!, $all: Boolean!) { saveDraft(input: {pipelineId: $p, \
        revision: $r, note: \"Values\", includeOthers: $all}) { created \
        version { number note source } others { own changes } conflicts { message } \
        draft { unsaved { changes } } } }";
    let variables = |revision: i32, all: bool| json!({ "p": pipeline, "r": revision, "all": all });
    let stale = owner.code(save, variables(1, true)).await;
    assert_eq!(stale, "PRECONDITION_FAILED");
    let asked = owner.data(save, variables(2, false)).await;
    assert_eq!(asked["saveDraft"]["version"], Json::Null);
    assert_eq!(
        asked["saveDraft"]["others"],
        json!([{ "own": false, "changes": 1 }])
    );
    let saved = owner.data(save, variables(2, true)).await;
    let saved = &saved["saveDraft"];
    assert_eq!(saved["created"], true);
    assert_eq!(saved["version"]["number"], 2);
    assert_eq!(saved["version"]["note"], "Values");
    assert_eq!(saved["draft"]["unsaved"], json!([]));
    assert_eq!(value(&saved["version"], 1), "2");
    let viewer = &a.of(Role::Viewer).caller;
    assert_eq!(draft(viewer, &pipeline).await["revision"], 2);
    assert_eq!(viewer.code(save, variables(2, true)).await, "FORBIDDEN");
}

async fn a_draft_has_its_stages_even_with_problems(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = opened(owner).await;
    let edits = json!([
        { "op": "addStage", "value": { "id": "new", "type": "no-such-component" } },
        { "op": "connect", "stage": "new", "on": "s1" },
    ]);
    edit(owner, &pipeline, (0, "1"), edits).await;
    let query = "query($p: ID!) { pipeline(id: $p) { draft { \
        stages { id component dependsOn } problems { stage severity } } } }";
    let shown = owner.data(query, json!({ "p": pipeline })).await;
    let shown = &shown["pipeline"]["draft"];
    let new = &shown["stages"][2];
    assert_eq!(new["id"], "new", "{shown}");
    assert_eq!(new["dependsOn"], json!(["s1"]));
    let problems = shown["problems"].as_array().expect("a list");
    let told = problems.iter().find(|problem| problem["stage"] == "new");
    assert_eq!(told.expect("a problem")["severity"], "ERROR", "{shown}");

    let query = "query($p: ID!, $s: String!) { pipeline(id: $p) { draft { \
        readable(stage: $s) { text stage } } } }";
    let shown = owner
        .data(query, json!({ "p": pipeline, "s": "new" }))
        .await;
    let names = &shown["pipeline"]["draft"]["readable"];
    let names = names.as_array().expect("a list");
    let read = json!({ "text": "upstream.s1", "stage": "s1" });
    assert!(names.contains(&read), "{shown}");
    let shown = owner
        .data(query, json!({ "p": pipeline, "s": "gone" }))
        .await;
    assert_eq!(shown["pipeline"]["draft"]["readable"], json!([]));
}

/// The next event of a subscription.
async fn heard(socket: &mut Socket) -> Json {
    let message = socket.next().await.expect("a message");
    let event = message["payload"]["data"]["draftEvents"].clone();
    assert!(event.is_object(), "{message}");
    event
}

async fn listeners_hear_each_change_and_who_is_where(app: TestApp) {
    let a = app.org("A").await;
    let (owner, viewer) = (&a.owner().caller, &a.of(Role::Viewer).caller);
    let pipeline = opened(owner).await;
    edit(owner, &pipeline, (0, "1"), set("s0", "1")).await;
    let mut socket = Socket::open(viewer).await;
    socket
        .subscribe("1", EVENTS, json!({ "p": pipeline, "after": 0 }))
        .await;
    // Who is there comes first, then what the listener has missed.
    let first = heard(&mut socket).await;
    assert_eq!(first["people"], json!([]));
    let missed = heard(&mut socket).await;
    assert_eq!(missed["revision"], 1);
    assert_eq!(missed["edits"], set("s0", "1"));
    assert_eq!(missed["own"], false);
    edit(owner, &pipeline, (1, "2"), set("s0", "2")).await;
    let live = heard(&mut socket).await;
    assert_eq!(live["revision"], 2);
    let here = "mutation($p: ID!) { \
        draftPresence(input: {pipelineId: $p, stage: \"s1\", field: \"config.value\"}) { ok } }";
    owner.data(here, json!({ "p": pipeline })).await;
    let moved = heard(&mut socket).await;
    assert_eq!(moved["__typename"], "DraftPeople", "{moved}");
    let person = &moved["people"][0];
    assert_eq!(person["stage"], "s1");
    assert_eq!(person["field"], "config.value");
    assert_eq!(person["own"], false);
    let save = "mutation($p: ID!) { saveDraft(input: {pipelineId: $p, revision: 2}) { created } }";
    owner.data(save, json!({ "p": pipeline })).await;
    let based = loop {
        let event = heard(&mut socket).await;
        if event["__typename"] == "DraftBase" {
            break event;
        }
    };
    assert_eq!(based["versionNumber"], 2);
}

async fn who_may_write_pipelines_and_not_read_them_sees_no_draft(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = opened(owner).await;
    edit(owner, &pipeline, (0, "1"), set("s0", "hidden")).await;
    let made = "mutation { createApiKey(input: {name: \"k\", permissions: [\"pipeline.write\"]}) { \
        secret } }";
    let made = owner.data(made, json!({})).await;
    let key = Secret::Key(text(&made["createApiKey"]["secret"]));
    let key = Caller::new(&app.base, key);
    let all = json!({ "pipeline": pipeline, "source": chain(2) });
    for name in [
        "openDraft",
        "editDraft",
        "setDraftText",
        "undoDraft",
        "redoDraft",
        "restoreDraft",
        "saveDraft",
        "discardDraft",
        "runDraft",
        "pinStageOutput",
        "unpinStageOutput",
        "pushPipelineVersion",
    ] {
        let field = format!("Mutation.{name}");
        let row = rows().find(|row| row.field == field).expect("a row");
        let refused = key.code(row.document, used(row.document, &all)).await;
        assert_eq!(refused, "FORBIDDEN", "{name}");
    }
    assert_eq!(draft(owner, &pipeline).await["revision"], 1);
}

/// The streams of drafts that a caller may have open, and the streams of one WebSocket.
const FOLLOWED: usize = 256;
const OF_SOCKET: usize = 50;

async fn a_caller_follows_a_limited_number_of_drafts(app: TestApp) {
    let a = app.org("A").await;
    let (owner, viewer) = (&a.owner().caller, &a.of(Role::Viewer).caller);
    let pipeline = opened(owner).await;
    let variables = json!({ "p": pipeline });
    let mut sockets = Vec::new();
    for _ in 0..FOLLOWED.div_ceil(OF_SOCKET) {
        sockets.push(Socket::open(viewer).await);
    }
    for at in 0..FOLLOWED {
        let socket = &mut sockets[at / OF_SOCKET];
        let id = at.to_string();
        socket.subscribe(&id, EVENTS, variables.clone()).await;
        assert_eq!(heard(socket).await["people"], json!([]));
    }
    let last = sockets.last_mut().expect("a socket");
    last.subscribe("more", EVENTS, variables.clone()).await;
    let refused = last.next().await.expect("a message");
    let code = &refused["payload"]["errors"][0]["extensions"]["code"];
    assert_eq!(code, "RATE_LIMITED", "{refused}");
    // Others are not concerned.
    let mut other = Socket::open(owner).await;
    other.subscribe("1", EVENTS, variables).await;
    assert_eq!(heard(&mut other).await["people"], json!([]));
}
