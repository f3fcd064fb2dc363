//! Dry runs of the co-pilot ([`engine::copilot::Rehearsal`]), with the built-in components.

use engine::{
    Value,
    copilot::{Answers, Check, DryRunState, Rehearsal, Trial, Tried},
};
use serde_json::{Value as Json, json};
use types::Clock;

use crate::copilot::fit;

fn value(json: Json) -> Value {
    Value::from_json(&json).unwrap()
}

async fn tried(file: Json, answers: &Answers) -> Tried {
    let registry = crate::registry();
    let rehearsal = Rehearsal::of(&file.to_string(), &registry, answers, fit);
    let rehearsed = rehearsal.run(7, Clock::system().now()).await;
    rehearsal.tried(rehearsed, fit)
}

/// A request whose answer another stage reads, and what that stage computes.
fn loading(expression: &str) -> Json {
    json!({"name": "p", "sample_input": {"zero": 0, "one": 1}, "stages": [
        {"id": "load", "type": "http_request", "config": {"url": "https://a.example.com/x", "method": "POST"}},
        {"id": "pick", "type": "variable_set", "depends_on": ["load"],
         "config": {"name": "x", "value": expression}},
    ]})
}

fn named<'t>(trial: &'t Trial, name: &str) -> &'t Check {
    let mut checks = trial.checks.iter();
    checks.find(|check| check.name == name).unwrap()
}

#[tokio::test]
async fn a_stage_that_reaches_something_outside_has_a_recorded_output_or_a_placeholder() {
    let file = loading("{{upstream.load.body.n}}");
    let mut answers = Answers::of(value(json!({})));
    answers.add("load", "http_request", value(json!({"body": {"n": 3}})));
    let dry_run = tried(file.clone(), &answers).await.dry_run;
    assert_eq!(dry_run.state, DryRunState::Succeeded, "{dry_run:?}");
    assert_eq!(dry_run.stages, ["pick"]);
    assert_eq!(dry_run.recorded, ["load"]);
    assert!(dry_run.placeholders.is_empty(), "{dry_run:?}");

    let mut others = Answers::of(value(json!({})));
    others.add("load", "logger", value(json!({"body": {"n": 3}})));
    for answers in [Answers::default(), others] {
        let dry_run = tried(loading("{{upstream.load.url}}"), &answers)
            .await
            .dry_run;
        assert_eq!(dry_run.state, DryRunState::Succeeded, "{dry_run:?}");
        assert_eq!(dry_run.placeholders, ["load"]);
    }
}

#[tokio::test]
async fn a_pinned_output_is_the_answer_of_any_stage() {
    let mut answers = Answers::default();
    answers.pin("pick", value(json!({"value": 1})));
    let dry_run = tried(loading("{{upstream.load.url}}"), &answers)
        .await
        .dry_run;
    assert_eq!(dry_run.state, DryRunState::Succeeded, "{dry_run:?}");
    assert_eq!(dry_run.recorded, ["pick"]);
    assert_eq!(dry_run.placeholders, ["load"]);
    assert!(dry_run.stages.is_empty(), "{dry_run:?}");
}

#[tokio::test]
async fn a_dry_run_that_fails_newly_is_worse_and_one_that_failed_before_is_not() {
    let answers = Answers::default();
    let good = tried(loading("{{ 1 / input.one }}"), &answers).await;
    let bad = tried(loading("{{ 1 / input.zero }}"), &answers).await;
    assert_eq!(bad.dry_run.state, DryRunState::Failed);
    let error = bad.dry_run.error.clone().unwrap();
    assert!(error.contains("`pick`"), "{error}");
    let trial = Trial::between(&good, &bad);
    let worse: Vec<&str> = trial.worse().map(|check| check.name.as_str()).collect();
    assert_eq!(worse, ["Dry run"]);
    assert!(!named(&trial, "Dry run").passed);
    for (before, after) in [(&bad, &bad), (&bad, &good), (&good, &good)] {
        assert_eq!(Trial::between(before, after).worse().count(), 0);
    }
}

#[tokio::test]
async fn the_input_of_a_stage_that_is_answered_for_is_resolved() {
    let asking = |prompt: &str| {
        json!({"name": "p", "sample_input": {"zero": 0, "one": 1}, "stages": [
            {"id": "ask", "type": "generator", "config": {"prompt": prompt}}]})
    };
    let answers = Answers::default();
    let good = tried(asking("Say {{ 1 / input.one }} to {{env.NAME}}"), &answers).await;
    assert_eq!(good.dry_run.state, DryRunState::Succeeded, "{good:?}");
    assert_eq!(good.dry_run.placeholders, ["ask"]);
    let bad = tried(asking("Say {{ 1 / input.zero }}"), &answers).await;
    assert_eq!(bad.dry_run.state, DryRunState::Failed, "{bad:?}");
}

#[tokio::test]
async fn time_that_a_run_waits_for_passes_at_once() {
    let file = json!({"name": "p", "stages": [
        {"id": "nap", "type": "wait", "config": {"seconds": 86400}},
        {"id": "after", "type": "variable_set", "depends_on": ["nap"],
         "config": {"name": "x", "value": "y"}},
    ]});
    let dry_run = tried(file, &Answers::default()).await.dry_run;
    assert_eq!(dry_run.state, DryRunState::Succeeded, "{dry_run:?}");
    assert!(dry_run.stages.contains(&"after".to_owned()), "{dry_run:?}");
}

#[tokio::test]
async fn a_sample_input_and_an_output_that_fit_their_schemas_no_longer_are_worse() {
    let file = |sample: Json, text: &str| {
        json!({"name": "p", "sample_input": sample,
            "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
            "output_schema": {"type": "object", "properties": {"value": {"const": "a"}}},
            "output_stage_id": "out",
            "stages": [{"id": "out", "type": "variable_set", "config": {"name": "x", "value": text}}]})
    };
    let answers = Answers::default();
    let good = tried(file(json!({"n": 1}), "a"), &answers).await;
    let output = tried(file(json!({"n": 1}), "b"), &answers).await;
    let trial = Trial::between(&good, &output);
    assert!(named(&trial, "Dry run").passed, "{trial:?}");
    assert!(named(&trial, "Output").worse, "{trial:?}");
    let sample = tried(file(json!({"n": "many"}), "a"), &answers).await;
    assert_eq!(sample.dry_run.state, DryRunState::NotRun);
    let trial = Trial::between(&good, &sample);
    assert!(named(&trial, "Sample input").worse, "{trial:?}");
    assert!(named(&trial, "Dry run").worse, "{trial:?}");
}

#[tokio::test]
async fn a_text_that_cannot_run_says_why() {
    let dry_run = tried(json!([]), &Answers::default()).await.dry_run;
    assert_eq!(dry_run.state, DryRunState::NotRun);
    assert!(dry_run.sentence().starts_with("Not run: "), "{dry_run:?}");
}
