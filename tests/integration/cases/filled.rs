//! What a form shows beside the text of a stage: its value with a run, and changes that fix problems.

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, finished, start},
    },
};

cases![Shared:
    texts_of_a_draft_are_filled_in_with_the_last_run_that_succeeded,
    a_problem_of_a_draft_has_the_edits_that_fix_it,
];

const OPEN: &str = "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { \
    draft { revision } } }";
const FILLED: &str = "query($p: ID!, $s: String!, $texts: [StageTextInput!]!, $run: ID) { \
    pipeline(id: $p) { draft { filled(stage: $s, texts: $texts, runId: $run) { run { id } \
        values { computed value json truncated missing \
            problem { message offset length inText } } } } } }";
const EDIT: &str = "mutation($p: ID!, $r: Int!, $id: String!, $edits: [JSON!]!) { \
    editDraft(input: {pipelineId: $p, revision: $r, changeId: $id, edits: $edits}) { \
        draft { revision problems { code message fix { label edits } } } } }";

async fn filled(caller: &Caller, pipeline: &str, texts: &[&str]) -> Json {
    let texts: Vec<Json> = texts.iter().map(|text| json!({ "text": text })).collect();
    let variables = json!({ "p": pipeline, "s": "s1", "texts": texts });
    let data = caller.data(FILLED, variables).await;
    data["pipeline"]["draft"]["filled"].clone()
}

async fn texts_of_a_draft_are_filled_in_with_the_last_run_that_succeeded(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(2)).await;
    owner.data(OPEN, json!({ "p": pipeline })).await;
    let texts = ["is {{upstream.s0.value}}", "plain", "{{ 1 + }}"];
    let before = filled(owner, &pipeline, &texts).await;
    assert_eq!(before["run"], Json::Null);
    assert_eq!(before["values"][0]["value"], Json::Null);
    assert_eq!(before["values"][0]["problem"], Json::Null);
    assert_eq!(before["values"][1]["computed"], false);
    assert_eq!(before["values"][2]["problem"]["inText"], true, "{before}");

    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    let after = filled(owner, &pipeline, &texts).await;
    assert_eq!(after["run"]["id"], json!(run));
    assert_eq!(after["values"][0]["value"], "is 1", "{after}");
    let secret = filled(owner, &pipeline, &["{{env.HOME}}", "{{upstream.s1.value}}"]).await;
    assert_eq!(secret["values"][0]["value"], "***", "{secret}");

    // A run of another pipeline is none of this one.
    let other = create(owner, &chain(1)).await;
    owner.data(OPEN, json!({ "p": other })).await;
    let variables = json!({ "p": other, "s": "s0", "texts": [], "run": run });
    assert_eq!(owner.code(FILLED, variables).await, "NOT_FOUND");
    let many: Vec<Json> = (0..51).map(|_| json!({ "text": "{{input}}" })).collect();
    let variables = json!({ "p": pipeline, "s": "s1", "texts": many });
    assert_eq!(owner.code(FILLED, variables).await, "INVALID_INPUT");
}

async fn a_problem_of_a_draft_has_the_edits_that_fix_it(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(2)).await;
    owner.data(OPEN, json!({ "p": pipeline })).await;
    let edit = async |revision: i32, edits: Json| {
        let id = revision.to_string();
        let variables = json!({ "p": pipeline, "r": revision, "id": id, "edits": edits });
        owner.data(EDIT, variables).await["editDraft"]["draft"].clone()
    };
    let wrong = json!([{ "op": "disconnect", "stage": "s1", "on": "s0" }]);
    let draft = edit(0, wrong).await;
    let problems = draft["problems"].as_array().expect("a list");
    let fix = problems
        .iter()
        .map(|one| &one["fix"])
        .find(|fix| !fix.is_null());
    let fix = fix.unwrap_or_else(|| panic!("no fix: {draft}"));
    assert_eq!(fix["label"], "Wait for s0");
    let draft = edit(1, fix["edits"].clone()).await;
    assert_eq!(draft["problems"], json!([]), "{draft}");
}
