//! The comparison of two plans.

use serde_json::{Value as Json, json};

use super::{super::*, plan, plan_of};

/// The differences as text.
fn differences(old: Json, new: Json) -> Vec<String> {
    let found = changes(&plan(old), &plan(new));
    found.into_iter().map(|change| change.text).collect()
}

#[test]
fn equal_plans_have_no_differences() {
    let stages = json!([
        {"id": "a", "type": "request", "config": {"method": "POST", "host": "h"}},
        {"id": "m", "type": "model", "config": {"prompt": "hi"}},
    ]);
    assert!(differences(stages.clone(), stages).is_empty());
    assert!(changes_text(&[]).contains("Nothing changes"));
}

#[test]
fn a_new_host_and_one_that_is_gone_are_named_with_their_methods() {
    let old = json!([{"id": "a", "type": "request", "config": {"host": "old.example.com"}}]);
    let new = json!([
        {"id": "a", "type": "request", "config": {"host": "api.example.com", "method": "POST"}},
    ]);
    let found = differences(old, new);
    assert!(
        found.contains(&"newly POSTs to api.example.com".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"no longer GETs from old.example.com".to_owned()),
        "{found:?}"
    );
}

#[test]
fn another_stage_that_contacts_the_same_host_in_the_same_way_is_not_news() {
    let old = json!([{"id": "a", "type": "request", "config": {"host": "h"}}]);
    let new = json!([
        {"id": "a", "type": "request", "config": {"host": "h"}},
        {"id": "b", "type": "request", "config": {"host": "h"}},
    ]);
    let found = differences(old, new);
    assert!(found.iter().all(|text| !text.contains("GETs")), "{found:?}");
}

#[test]
fn a_model_that_changes_is_named_with_both_names() {
    let with = |model: &str| {
        json!([{"id": "m", "type": "model", "config": {"prompt": "hi"},
            "llm_settings": {"model": model}}])
    };
    assert_eq!(
        differences(with("small"), with("large")),
        ["`m` calls the model `large` of `acme` instead of the model `small` of `acme`"]
    );
}

#[test]
fn a_model_call_that_moves_into_a_loop_is_reported() {
    let old = json!([{"id": "m", "type": "model", "config": {"prompt": "hi"}}]);
    let new = json!([
        {"id": "m", "type": "model", "config": {"prompt": "hi"}},
        {"id": "each", "type": "each", "config": {"items": "{{input.rows}}", "loop_stages": ["m"]}},
    ]);
    let found = differences(old, new);
    let wanted = "`m` calls its model once per item of `each` instead of once";
    assert!(found.iter().any(|text| text == wanted), "{found:?}");
}

#[test]
fn variables_inputs_retries_and_what_a_crash_repeats_are_compared() {
    let old = plan_of(
        &json!({"name": "p", "input_schema": {"required": ["a"]}, "stages": [
            {"id": "x", "type": "plain", "config": {"v": "{{env.OLD}} {{input.a}}"}},
            {"id": "r", "type": "request", "config": {"host": "h", "method": "POST"}},
        ]})
        .to_string(),
    );
    let new = plan_of(
        &json!({"name": "p", "input_schema": {"required": ["b"]}, "stages": [
            {"id": "x", "type": "plain", "config": {"v": "{{env.NEW}} {{input.b}}"},
             "retry_config": {"max_retries": 2}},
            {"id": "r", "type": "pay", "config": {}},
        ]})
        .to_string(),
    );
    let found: Vec<String> = changes(&old, &new).into_iter().map(|c| c.text).collect();
    for wanted in [
        "newly reads the environment variable NEW",
        "no longer reads the environment variable OLD",
        "newly reads `input.b`",
        "no longer reads `input.a`",
        "newly requires `input.b`",
        "no longer requires `input.a`",
        "`x` is tried up to 3 times",
        "after a crash, `r` is run at most once; before, it is repeated with the same idempotency key",
    ] {
        assert!(
            found.iter().any(|text| text == wanted),
            "{wanted}: {found:#?}"
        );
    }
}

#[test]
fn the_text_marks_what_is_new_gone_and_changed() {
    let old = json!([{"id": "a", "type": "request", "config": {"host": "old"}}]);
    let new =
        json!([{"id": "a", "type": "request", "config": {"host": "new"}, "timeout_ms": 20000}]);
    let text = changes_text(&changes(&plan(old), &plan(new)));
    assert!(text.contains("+ newly GETs from new (`a`)\n"), "{text}");
    assert!(text.contains("- no longer GETs from old (`a`)\n"), "{text}");
    assert!(
        text.contains("~ the longest path takes up to 20 s"),
        "{text}"
    );
}
