//! Names, inputs and expressions.

use types::ErrorCode;

use super::{clean, found, in_stages, short};

#[test]
fn all_errors_are_reported_at_once_in_text_order() {
    let text = r#"{
  "name": "p",
  "output_stage_id": "finsh",
  "stages": [
    {"id": "fetch", "type": "genrator", "config": {"prompt": "x"}},
    {"id": "write", "type": "generator", "depends_on": ["fetsh"], "config": {"promt": "x"}},
    {"id": "write", "type": "logger", "depends_on": ["write"], "retry_config": {"max_retries": 99}},
    {"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["writ", 5]}},
    {"id": "finish", "type": "logger", "config": {"message": "{{ 1 + }}", "level": "inof"}}
  ]
}"#;
    let found = found(text);
    assert_eq!(
        short(&found),
        [
            "UNKNOWN_STAGE $.output_stage_id",
            "UNKNOWN_COMPONENT $.stages[0].type",
            "MISSING_FIELD $.stages[1]",
            "UNKNOWN_STAGE $.stages[1].depends_on[0]",
            "UNKNOWN_FIELD $.stages[1].config.promt?",
            "DUPLICATE_STAGE $.stages[2].id",
            "CYCLE $.stages[2].depends_on[0]",
            "INVALID_VALUE $.stages[2].retry_config.max_retries",
            "UNKNOWN_STAGE $.stages[3].config.loop_stages[0]",
            "WRONG_TYPE $.stages[3].config.loop_stages[1]",
            "EXPRESSION_SYNTAX $.stages[4].config.message",
            "INVALID_VALUE $.stages[4].config.level",
        ]
    );
    let suggestions: Vec<Option<&str>> = found.iter().map(|d| d.suggestion.as_deref()).collect();
    assert_eq!(suggestions[0], Some("did you mean `finish`?"));
    assert_eq!(suggestions[1], Some("did you mean `generator`?"));
    assert_eq!(
        found[1].message,
        "Unknown component `genrator`; did you mean `generator`?"
    );
    assert_eq!(suggestions[2], Some("is `promt` meant to be `prompt`?"));
    assert_eq!(suggestions[3], Some("did you mean `fetch`?"));
    assert_eq!(suggestions[4], Some("did you mean `prompt`?"));
    assert_eq!(
        found[5].related.as_ref().map(|r| (r.line, r.column)),
        Some((6, 12))
    );
    assert_eq!(suggestions[11], Some("did you mean `info`?"));
    assert_eq!((found[1].line, found[1].column), (5, 29));
    assert_eq!(found[1].stage.as_deref(), Some("fetch"));
    assert_eq!(
        &text[found[1].span.start..found[1].span.end],
        "\"genrator\""
    );
    for one in &found {
        assert!(one.line >= 3 && one.column >= 1 && one.span.end <= text.len());
    }
}

#[test]
fn components_of_the_format_that_are_not_available_are_unsupported() {
    for name in ["subpipeline", "sub-pipeline", "pandas", "mcp-tool-call"] {
        let found = in_stages(&format!(r#"{{"id": "a", "type": "{name}"}}"#));
        let known = name != "sub-pipeline";
        let code = if known {
            ErrorCode::Unsupported
        } else {
            ErrorCode::UnknownComponent
        };
        assert_eq!(found[0].code, code, "{name}");
        assert!(found[0].suggestion.is_some());
    }
}

#[test]
fn a_required_input_may_use_any_of_its_names() {
    for fields in [
        r#"{"content": "c", "feedback": "f"}"#,
        r#"{"original": "c", "critique": "f"}"#,
        r#"{"text": "{{input.x}}", "feedback": "f"}"#,
    ] {
        clean(&format!(
            r#"{{"id": "a", "type": "improver", "config": {fields}}}"#
        ));
    }
    let found = in_stages(r#"{"id": "a", "type": "improver", "config": {}}"#);
    assert_eq!(
        short(&found),
        ["MISSING_FIELD $.stages[0]", "MISSING_FIELD $.stages[0]"]
    );
    assert!(
        found[0]
            .message
            .contains("`content` (or `original`, `text`)"),
        "{}",
        found[0].message
    );
    // An inner list counts as well.
    let found = in_stages(r#"{"id": "a", "type": "trycatch"}"#);
    assert!(found[0].message.contains("try_stages"));
}

#[test]
fn literal_values_must_be_of_the_right_type_and_templates_may_become_any() {
    let logger = |fields: &str| {
        in_stages(&format!(
            r#"{{"id": "a", "type": "logger", "config": {fields}}}"#
        ))
    };
    for fields in [
        r#"{"times": 3, "tags": "x", "headers": {"a": "b"}, "level": "info", "data": [1]}"#,
        r#"{"times": 3.0, "tags": ["x"], "headers": {}}"#,
        r#"{"times": null, "tags": null}"#,
        r#"{"times": "{{input.n}}", "tags": "{{input.t}}", "headers": "{{input.h}}"}"#,
        r#"{"times": "3"}"#,
        r#"{"headers": {"a": "{{input.x}}"}, "tags": ["{{input.x}}"], "level": "{{input.l}}"}"#,
    ] {
        assert!(logger(fields).is_empty(), "{fields}: {:#?}", logger(fields));
    }
    for (fields, path, message) in [
        (
            r#"{"times": "three"}"#,
            "times",
            "takes a whole number, not text (\"three\")",
        ),
        (
            r#"{"times": 1.5}"#,
            "times",
            "a whole number, not a number (1.5)",
        ),
        (r#"{"times": 10}"#, "times", "from 1 to 9, not 10"),
        (
            r#"{"tags": 5}"#,
            "tags",
            "takes text or a list, not a number (5)",
        ),
        (
            r#"{"tags": ["a", 5]}"#,
            "tags[1]",
            "takes text, not a number (5)",
        ),
        (
            r#"{"headers": {"a": {}}}"#,
            "headers.a",
            "`a` takes text, not an object",
        ),
        (
            r#"{"level": "loud"}"#,
            "level",
            "\"info\", \"warning\", \"error\"",
        ),
    ] {
        let found = logger(fields);
        assert_eq!(found.len(), 1, "{fields}: {found:#?}");
        assert_eq!(found[0].path, format!("$.stages[0].config.{path}"));
        assert!(
            found[0].is_error() && found[0].message.contains(message),
            "{}",
            found[0].message
        );
    }
    let found = in_stages(r#"{"id": "a", "type": "generator", "config": {"prompt": null}}"#);
    assert_eq!(short(&found), ["WRONG_TYPE $.stages[0].config.prompt"]);
}

#[test]
fn errors_in_templates_have_exact_positions_despite_escapes() {
    let text = "{\"name\": \"p\", \"stages\": [{\"id\": \"a\", \"type\": \"logger\", \"config\": {\n\
                \"data\": [{\"k\": \"\\u00e9\\n\\\"x\\\" {{ nofunc(1) }}\"}]}}]}";
    let found = found(text);
    assert_eq!(
        short(&found),
        ["UNKNOWN_FUNCTION $.stages[0].config.data[0].k"]
    );
    assert_eq!(found[0].span.start, text.find("nofunc").unwrap());
    assert_eq!((found[0].line, found[0].column), (2, 34));
}

#[test]
fn lazy_fields_are_compiled_with_their_own_names() {
    clean(
        r#"{"id": "f", "type": "filter", "config": {"data": "{{input}}", "condition": "data.get('n', 0) > 3 and score < 2"}},
           {"id": "g", "type": "filter", "config": {"data": 1, "condition": "{{ item == 1 }}"}},
           {"id": "t", "type": "json_transform", "config": {"data": "{{input}}", "template": {"n": "{{len(data)}}", "plain": "x"}}}"#,
    );
    let found = in_stages(
        r#"{"id": "f", "type": "filter", "config": {"data": 1, "condition": "data >"}},
           {"id": "t", "type": "json_transform", "config": {"template": {"n": ["{{nofunc(data)}}"]}}}"#,
    );
    assert_eq!(
        short(&found),
        [
            "EXPRESSION_SYNTAX $.stages[0].config.condition",
            "UNKNOWN_FUNCTION $.stages[1].config.template.n[0]"
        ]
    );
}

#[test]
fn inner_lists_hold_ids_and_nothing_else() {
    let found = in_stages(
        r#"{"id": "a", "type": "router", "config": {"value": 1, "routes": {"x": "b", "y": ["nobody"], "z": ["a"]}, "default_route": {}}},
           {"id": "b", "type": "foreach", "config": {"items": [], "loop_stages": "{{input.x}}"}}"#,
    );
    assert_eq!(
        short(&found),
        [
            "UNKNOWN_STAGE $.stages[0].config.routes.y[0]",
            "CYCLE $.stages[0].config.routes.z[0]",
            "WRONG_TYPE $.stages[0].config.default_route",
            "WRONG_TYPE $.stages[1].config.loop_stages",
        ]
    );
    assert!(found[3].message.contains("cannot be computed"));
}

#[test]
fn x08_names_of_javascript_objects_are_plain_keys() {
    clean(
        r#"{"id": "__proto__", "type": "logger", "config": {"data": {"constructor": "{{input.prototype}}", "toString": 1}}},
           {"id": "constructor", "type": "logger", "depends_on": ["__proto__"], "config": {"message": "{{upstream.__proto__.hasOwnProperty}}"}}"#,
    );
}

#[test]
fn a_field_that_looks_like_a_typo_is_a_warning() {
    let text = r#"{"name": "p", "input_schema": {"type": "object", "properties": {"text": {}}},
        "stages": [{"id": "a", "type": "logger", "config": {"message": "{{input.txet}} {{input.text}} {{input.other}}"}}]}"#;
    let found = found(text);
    assert_eq!(short(&found), ["UNKNOWN_FIELD $.stages[0].config.message?"]);
    assert_eq!(found[0].suggestion.as_deref(), Some("did you mean `text`?"));
}

#[test]
fn habits_from_other_languages_get_a_suggestion() {
    let at = |message: &str| {
        in_stages(&format!(
            r#"{{"id": "a", "type": "logger", "config": {{"message": "{message}"}}}}"#
        ))
    };
    for (message, part) in [
        ("{{#if input.a}}x{{/if}}", "`conditional`"),
        ("{{secrets.KEY}}", "`env.NAME`"),
    ] {
        let found = at(message);
        assert_eq!(found.len(), 1, "{message}: {found:#?}");
        let help = found[0].suggestion.as_deref().unwrap_or_default();
        assert!(help.contains(part), "{message}: {help}");
    }
    let found = found(r#"{"name": "p", "stages": {"a": {"type": "logger"}}}"#);
    assert_eq!(short(&found), ["WRONG_TYPE $.stages"]);
    assert!(
        found[0]
            .suggestion
            .as_deref()
            .is_some_and(|s| s.contains("`id`"))
    );
}

#[test]
fn every_invalid_literal_is_reported_and_many_are_counted() {
    let found = in_stages(
        r#"{"id": "a", "type": "logger", "config": {"level": "loud", "times": 12.5,
            "tags": ["x", 1, "y", {}], "headers": {"a": 1, "b": "x", "c": []}}}"#,
    );
    assert_eq!(
        short(&found),
        [
            "INVALID_VALUE $.stages[0].config.level",
            "WRONG_TYPE $.stages[0].config.times",
            "WRONG_TYPE $.stages[0].config.tags[1]",
            "WRONG_TYPE $.stages[0].config.tags[3]",
            "WRONG_TYPE $.stages[0].config.headers.a",
            "WRONG_TYPE $.stages[0].config.headers.c",
        ]
    );
    let many = vec!["1"; 5_000].join(",");
    let found = in_stages(&format!(
        r#"{{"id": "a", "type": "logger", "config": {{"tags": [{many}], "times": 0}}}}"#
    ));
    assert_eq!(found.len(), 20 + 1 + 1);
    let told: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    assert!(
        told.contains(&"`tags` has 4980 more values of a wrong type or range"),
        "{told:#?}"
    );
    assert!(
        told[21].starts_with("`times` takes a number from 1 to 9"),
        "{told:#?}"
    );
}
