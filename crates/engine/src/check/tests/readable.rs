//! What the templates of a stage can read.

use super::{super::readable, fixtures, parse};
use crate::model::structure;

/// The names that a stage of this file can read.
fn names(stage: &str, text: &str) -> Vec<String> {
    let registry = fixtures::registry();
    let pipeline = parse(text, &registry).unwrap();
    let structure = structure(&pipeline, &registry);
    let found = readable(&pipeline, &structure, stage);
    found.into_iter().map(|one| one.text).collect()
}

#[test]
fn a_stage_reads_the_input_and_the_stages_that_have_ended() {
    let text = r#"{"name": "p", "input_schema": {"properties": {"city": {}, "first name": {}}}, "stages": [
        {"id": "load-news", "type": "logger"},
        {"id": "two words", "type": "variable_set", "depends_on": ["load-news"],
         "config": {"name": "tone", "value": 1, "variables": {"mood": 2}}},
        {"id": "other", "type": "logger"},
        {"id": "end", "type": "logger", "depends_on": ["two words"]}]}"#;
    assert_eq!(
        names("end", text),
        [
            "input",
            "input.city",
            "input['first name']",
            "upstream['two words']",
            "context.tone",
            "context.mood",
            "upstream.load-news"
        ]
    );
    assert_eq!(names("other", text)[3..], [] as [&str; 0]);
    assert!(names("gone", text).is_empty());
}

#[test]
fn inner_stages_read_the_names_of_their_loop_and_what_ended_before_it() {
    let text = r#"{"name": "p", "stages": [
        {"id": "before", "type": "logger"},
        {"id": "each", "type": "foreach", "depends_on": ["before"],
         "config": {"items": [], "item_variable": "row", "loop_stages": ["in"]}},
        {"id": "in", "type": "logger"},
        {"id": "after", "type": "logger", "depends_on": ["each"]}]}"#;
    let inner = names("in", text);
    assert_eq!(inner[0], "context.row");
    assert!(
        inner.contains(&"context.loop_index".to_owned()),
        "{inner:?}"
    );
    assert!(inner.contains(&"upstream.before".to_owned()));
    assert!(!inner.contains(&"upstream.after".to_owned()));
    let after = names("after", text);
    assert!(!after.contains(&"context.row".to_owned()), "{after:?}");
}

#[test]
fn a_pipeline_under_construction_has_names_too() {
    let text = r#"{"stages": [
        {"id": "a", "type": "no-such-component"},
        {"id": "b", "depends_on": ["a", "nobody"]},
        {"id": "x", "type": "logger", "depends_on": ["y"]},
        {"id": "y", "type": "logger", "depends_on": ["x"]}]}"#;
    assert_eq!(names("b", text), ["input", "upstream.a"]);
    assert_eq!(names("x", text), ["input"]);
}
