//! Files that are wrong in every way have a plan, too, and quickly.

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{super::*, plan, plan_of, registry};
use crate::model::Pipeline;

/// Derives and prints everything.
fn all(plan: &RunPlan) -> String {
    let changes = changes(&plan_of(r#"{"name": "p", "stages": []}"#), plan);
    let json = serde_json::to_string(plan).expect("a plan is JSON");
    [
        as_text(plan),
        as_markdown(plan),
        changes_text(&changes),
        changes_markdown(&changes),
        json,
    ]
    .concat()
}

#[test]
fn control_stages_inside_themselves_have_a_plan_without_a_path() {
    let plan = plan(json!([
        {"id": "a", "type": "each", "config": {"items": [1], "loop_stages": ["b"]}},
        {"id": "b", "type": "each", "config": {"items": [1], "loop_stages": ["a"]}},
        {"id": "m", "type": "model", "config": {"prompt": "x"}},
    ]));
    assert_eq!(plan.longest_path, None);
    assert_eq!(plan.stages, 3);
    all(&plan);
}

#[test]
fn stages_that_wait_for_each_other_unknown_ones_and_repeated_ids_have_a_plan() {
    let plan = plan(json!([
        {"id": "a", "type": "plain", "depends_on": ["b"], "config": {}},
        {"id": "b", "type": "plain", "depends_on": ["a", "gone"], "config": {"v": "{{upstream.gone}} {{"}},
        {"id": "b", "type": "no_such_component", "config": {}},
        {"id": "c", "type": "request", "config": {"host": 5, "method": ["POST"]}},
    ]));
    assert_eq!(plan.stages, 4);
    all(&plan);
}

#[test]
fn three_lists_that_share_their_stages_at_every_level_do_not_multiply_the_work() {
    let mut stages: Vec<Json> = (0..60)
        .map(|level| {
            let next = format!("s{}", level + 1);
            json!({"id": format!("s{level}"), "type": "attempt", "config": {
                "try_stages": [next], "catch_stages": [next], "finally_stages": [next]}})
        })
        .collect();
    stages.push(json!({"id": "s60", "type": "model", "config": {"prompt": "hi"}}));
    let start = Instant::now();
    let plan = plan(Json::from(stages));
    all(&plan);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let path = plan.longest_path.expect("a path");
    assert!(path.steps.len() <= 100, "{}", path.steps.len());
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let plan = plan(json!([
        {"id": "a\u{1b}[2J\nb", "type": "request",
         "config": {"host": "{{input.h\u{1b}[2J}}", "method": "POST\u{1b}[31m"}},
    ]));
    let text = as_text(&plan);
    let odd = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(odd), "{text:?}");
    let changes = changes(&plan_of(r#"{"name": "p", "stages": []}"#), &plan);
    assert!(!changes_text(&changes).contains(odd));
}

#[test]
fn a_shortened_template_ends_between_characters() {
    let text = format!("{{{{input.{}}}}}", "ü".repeat(500));
    let Said::AtRunTime(shown) = Said::at_run_time(&text) else {
        panic!("decided at run time")
    };
    assert_eq!(shown.chars().count(), 121);
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<i64>().prop_map(Json::from),
        prop::sample::select(vec![
            "a",
            "b",
            "c",
            "{{",
            "}}",
            "{{input.x}}",
            "{{ env }}",
            "{{env.A}}",
            "POST",
            "{{upstream.a}}",
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((prop::sample::select(vec!["a", "b"]), inner), 0..3).prop_map(
                |fields| Json::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            ),
        ]
    })
}

fn stage() -> impl Strategy<Value = Json> {
    let fields = vec![
        "id",
        "type",
        "config",
        "depends_on",
        "retry_config",
        "timeout_ms",
        "llm_settings",
    ];
    let inputs = vec![
        "loop_stages",
        "items",
        "yes",
        "no",
        "try_stages",
        "catch_stages",
        "host",
        "method",
        "prompt",
        "seconds",
        "max_tokens",
    ];
    (
        prop::sample::select(vec!["a", "b", "c"]),
        prop::sample::select(vec![
            "plain", "request", "pay", "model", "each", "choose", "attempt", "sleep", "none",
        ]),
        prop::collection::vec((prop::sample::select(inputs), value()), 0..5),
        prop::collection::vec((prop::sample::select(fields), value()), 0..2),
    )
        .prop_map(|(id, kind, inputs, odd)| {
            let config: serde_json::Map<String, Json> =
                inputs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            let mut stage = json!({"id": id, "type": kind, "config": config});
            for (field, value) in odd {
                stage[field] = value;
            }
            stage
        })
}

proptest! {
    #[test]
    fn no_file_makes_the_plan_panic(
        stages in prop::collection::vec(stage(), 0..6),
        top in prop::collection::vec(
            (prop::sample::select(vec!["input_schema", "output_stage_id", "timeout_ms", "name"]), value()),
            0..3,
        ),
    ) {
        let mut file = json!({"name": "p", "stages": stages});
        for (field, value) in top {
            file[field] = value;
        }
        if let Ok(pipeline) = Pipeline::parse(file.to_string(), &registry()) {
            let plan = RunPlan::of(&pipeline, &registry(), &super::Known);
            prop_assert!(!all(&plan).is_empty());
        }
    }
}
