//! Cycles, reads and variables.

use types::ErrorCode;

use super::{clean, in_stages, short};

#[test]
fn i10_cycles_are_named_each_once() {
    let found = in_stages(
        r#"{"id": "a", "type": "logger", "depends_on": ["x", "c"]},
           {"id": "b", "type": "logger", "depends_on": ["a"]},
           {"id": "c", "type": "logger", "depends_on": ["b"]},
           {"id": "x", "type": "logger"},
           {"id": "after", "type": "logger", "depends_on": ["c"]},
           {"id": "p", "type": "logger", "depends_on": ["q"]},
           {"id": "q", "type": "logger", "depends_on": ["p"]}"#,
    );
    assert_eq!(
        short(&found),
        [
            "CYCLE $.stages[0].depends_on[1]",
            "CYCLE $.stages[5].depends_on[0]"
        ]
    );
    assert!(
        found[0].message.contains("`a` → `c` → `b` → `a`"),
        "{}",
        found[0].message
    );
    assert!(found[1].message.contains("`p` → `q` → `p`"));
}

#[test]
fn i10_cycles_through_inner_stages_are_found() {
    // The control stage would wait for a stage that waits for the control stage.
    let found = in_stages(
        r#"{"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["in"]}},
           {"id": "in", "type": "logger", "depends_on": ["out"]},
           {"id": "out", "type": "logger", "depends_on": ["each"]}"#,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, ErrorCode::Cycle);
    let found = in_stages(
        r#"{"id": "each", "type": "foreach", "depends_on": ["in"], "config": {"items": [], "loop_stages": ["in"]}},
           {"id": "in", "type": "logger"}"#,
    );
    assert_eq!(short(&found), ["CYCLE $.stages[0].depends_on[0]"]);
    let related = found[0].related.as_ref().expect("the list that names it");
    assert_eq!(
        (related.line, related.message.as_str()),
        (1, "`loop_stages` names `in` here")
    );
    assert!(
        found[0].message.contains("`each` waits for `in`"),
        "{}",
        found[0].message
    );
    let found = in_stages(
        r#"{"id": "a", "type": "foreach", "config": {"items": [], "loop_stages": ["b"]}},
           {"id": "b", "type": "foreach", "config": {"items": [], "loop_stages": ["a"]}}"#,
    );
    assert_eq!(found.len(), 1);
    assert!(
        found[0].message.contains("`a` in `b` in `a`"),
        "{}",
        found[0].message
    );
    let related = found[0].related.as_ref().expect("the list that names it");
    assert_eq!(related.message, "`b` names it in `loop_stages`");
}

#[test]
fn each_inner_stage_that_its_control_stage_waits_for_is_reported_in_any_order() {
    for (dependencies, first) in [(r#"["x", "y"]"#, "x"), (r#"["y", "x"]"#, "y")] {
        let found = in_stages(&format!(
            r#"{{"id": "each", "type": "foreach", "depends_on": {dependencies},
                "config": {{"items": [], "loop_stages": ["x", "y"]}}}},
               {{"id": "x", "type": "logger"}}, {{"id": "y", "type": "logger"}}"#
        ));
        assert_eq!(
            short(&found),
            [
                "CYCLE $.stages[0].depends_on[0]",
                "CYCLE $.stages[0].depends_on[1]"
            ]
        );
        let named = format!("`each` waits for `{first}`");
        assert!(found[0].message.contains(&named), "{}", found[0].message);
    }
}

#[test]
fn a_stage_may_read_stages_that_finished_before_it_starts() {
    clean(
        r#"{"id": "a", "type": "logger"},
           {"id": "b", "type": "logger", "depends_on": ["a"]},
           {"id": "c", "type": "logger", "depends_on": ["b"], "config": {"message": "{{upstream.a.x}} {{upstream.b.y}}"}}"#,
    );
    let found = in_stages(
        r#"{"id": "a", "type": "logger", "config": {"message": "{{upstream.b.x or 1}}"}},
           {"id": "b", "type": "logger", "depends_on": ["a"]},
           {"id": "c", "type": "logger", "config": {"data": {"k": "ü{{upstream.a.x}}{{upstream.a.y}}{{upstream.c}}"}}}"#,
    );
    assert_eq!(
        short(&found),
        [
            "MISSING_DEPENDENCY $.stages[0].config.message",
            "MISSING_DEPENDENCY $.stages[2].config.data.k",
            "CYCLE $.stages[2].config.data.k",
        ]
    );
    assert!(
        found[0]
            .suggestion
            .as_deref()
            .unwrap_or_default()
            .contains("waits for this stage")
    );
    assert_eq!(
        found[1].suggestion.as_deref(),
        Some("add \"a\" to `depends_on`")
    );
    assert_eq!(found[1].stage.as_deref(), Some("c"));
}

#[test]
fn inner_stages_may_read_what_their_control_stage_waits_for_and_earlier_ones_of_their_list() {
    clean(
        r#"{"id": "before", "type": "logger"},
           {"id": "each", "type": "foreach", "depends_on": ["before"], "config": {"items": [], "item_variable": "svc", "loop_stages": ["get", "rate"]}},
           {"id": "get", "type": "logger", "config": {"message": "{{upstream.before.x}} {{context.svc}}"}},
           {"id": "rate", "type": "logger", "config": {"message": "{{upstream.get.x}} {{upstream.each.y or 1}}"}},
           {"id": "after", "type": "logger", "depends_on": ["each"], "config": {"message": "{{upstream.rate.x}} {{upstream.each.results}}"}}"#,
    );
    let found = in_stages(
        r#"{"id": "other", "type": "logger"},
           {"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["get", "rate"]}},
           {"id": "get", "type": "logger", "config": {"message": "{{upstream.rate.x}}"}},
           {"id": "rate", "type": "logger", "config": {"message": "{{upstream.other.x}}"}}"#,
    );
    assert_eq!(
        short(&found),
        [
            "MISSING_DEPENDENCY $.stages[2].config.message",
            "MISSING_DEPENDENCY $.stages[3].config.message",
        ]
    );
}

#[test]
fn catch_and_finally_may_read_the_try_stages() {
    clean(
        r#"{"id": "t", "type": "trycatch", "config": {"try_stages": ["x"], "catch_stages": ["y"], "finally_stages": ["z"]}},
           {"id": "x", "type": "logger"},
           {"id": "y", "type": "logger", "config": {"message": "{{upstream.x.out or 0}}"}},
           {"id": "z", "type": "logger", "config": {"message": "{{upstream.x.out or upstream.y.out}}"}}"#,
    );
}

#[test]
fn inner_stages_of_an_unknown_component_are_not_reported() {
    let found = in_stages(
        r#"{"id": "a", "type": "logger"},
           {"id": "each", "type": "forech", "depends_on": ["a"], "config": {"loop_stages": ["in"]}},
           {"id": "in", "type": "logger", "config": {"message": "{{upstream.a.x}} {{context.item}} {{context.svc}}"}}"#,
    );
    assert_eq!(short(&found), ["UNKNOWN_COMPONENT $.stages[1].type"]);
}

#[test]
fn two_writers_of_a_variable_need_an_order() {
    let set =
        |id: &str, fields: &str| format!(r#"{{"id": "{id}", "type": "variable_set", {fields}}}"#);
    let one = set("one", r#""config": {"name": "x", "value": 1}"#);
    let two = set("two", r#""config": {"variables": {"y": 1, "x": 2}}"#);
    let ordered = set(
        "two",
        r#""depends_on": ["one"], "config": {"variables": {"x": 2}}"#,
    );
    let found = in_stages(&format!("{one}, {two}"));
    assert_eq!(
        short(&found),
        ["VARIABLE_CONFLICT $.stages[1].config.variables.x"]
    );
    assert!(found[0].message.contains("`one` and `two`") && found[0].message.contains("`x`"));
    assert!(found[0].related.is_some());
    clean(&format!("{one}, {ordered}"));
    // At most one of the two branches is taken.
    let branches = r#"{"id": "if", "type": "conditional", "config": {"condition": true, "true_branch_stages": ["one"], "false_branch_stages": ["two"]}}"#;
    clean(&format!("{branches}, {one}, {two}"));
}

#[test]
fn reading_a_variable_that_no_stage_sets_is_a_warning() {
    let found = in_stages(
        r#"{"id": "s", "type": "variable_set", "config": {"name": "customer", "value": 1}},
           {"id": "a", "type": "logger", "depends_on": ["s"], "config": {"message": "{{context.customer}} {{context.custmer}}"}}"#,
    );
    assert_eq!(short(&found), ["UNKNOWN_NAME $.stages[1].config.message?"]);
    assert_eq!(
        found[0].suggestion.as_deref(),
        Some("did you mean `customer`?")
    );
    // Where a name is computed, any name may be set.
    clean(
        r#"{"id": "s", "type": "variable_set", "config": {"name": "{{input.n}}", "value": 1}},
           {"id": "a", "type": "logger", "depends_on": ["s"], "config": {"message": "{{context.whatever}}"}}"#,
    );
}
