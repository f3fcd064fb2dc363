//! The server is killed while somebody changes a draft. What was answered stays, and what was not is sent
//! again and made once.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Setup, on_large, on_small};
use crate::system::{
    process::{Caller, Error},
    random::Random,
};

const CHANGES: i64 = 60;
/// Every twelfth change is sent to a server that is about to be killed.
const KILL: i64 = 12;

const OPEN: &str =
    "mutation($p: ID!) { openDraft(input: {pipelineId: $p}) { draft { revision } } }";
const EDIT: &str = "mutation($p: ID!, $r: Int!, $id: String!, $edits: [JSON!]!) { \
    editDraft(input: {pipelineId: $p, revision: $r, changeId: $id, edits: $edits}) { \
        change { revision } } }";
const DRAFT: &str = "query($p: ID!) { pipeline(id: $p) { draft { revision source \
    changes(after: 0, first: 100) { revision changeId } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_kill_loses_no_change_of_a_draft_on_sqlite() {
    on_small("a kill within a change", story).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_kill_loses_no_change_of_a_draft_on_postgresql() {
    on_large("a kill within a change", story).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let launch = setup.launch("127.0.0.1:1");
    let mut server = launch.serve(None).await?;
    let caller = Caller::first(&server).await?;
    let source = json!({ "name": "edited", "version": "1.0.0", "stages": [
        { "id": "a", "type": "variable_set", "config": { "name": "x", "value": "0" } } ] });
    let pipeline = caller.create(&server.host, &source).await?;
    let opened = json!({ "p": pipeline });
    caller.data(&server.host, OPEN, opened.clone()).await?;
    let mut random = Random::seeded("a kill within a change");
    let (mut kills, mut unanswered) = (0, 0);
    for at in 1..=CHANGES {
        let change = json!({ "p": pipeline, "r": at - 1, "id": format!("change {at}"), "edits": [
            { "op": "setField", "stage": "a", "path": ["config", "value"], "value": at.to_string() } ] });
        let mut answer = None;
        if at % KILL == 0 {
            let host = server.host.clone();
            let pause = Duration::from_micros(random.draw() % 8_000);
            let (answered, killed) =
                tokio::join!(caller.data(&host, EDIT, change.clone()), async {
                    tokio::time::sleep(pause).await;
                    server.kill().await
                });
            killed?;
            kills += 1;
            unanswered += i32::from(answered.is_err());
            answer = answered.ok();
            server = launch.serve(None).await?;
        }
        let made = match answer {
            Some(made) => made,
            None => caller.data(&server.host, EDIT, change).await?,
        };
        if made["editDraft"]["change"]["revision"] != at {
            return Err(format!("change {at} is {made}").into());
        }
    }
    let found = caller.data(&server.host, DRAFT, opened).await?;
    let draft = &found["pipeline"]["draft"];
    let text: Value = serde_json::from_str(draft["source"].as_str().ok_or("no text")?)?;
    let last = CHANGES.to_string();
    if draft["revision"] != CHANGES || text["stages"][0]["config"]["value"] != last.as_str() {
        return Err(format!("the draft is {draft}").into());
    }
    let log: Vec<Value> = (1..=CHANGES)
        .map(|at| json!({ "revision": at, "changeId": format!("change {at}") }))
        .collect();
    if draft["changes"] != Value::from(log) {
        return Err(format!("the log is {}", draft["changes"]).into());
    }
    Ok(format!(
        "{CHANGES} changes made once each; {kills} kills, after which {unanswered} were sent again"
    ))
}
