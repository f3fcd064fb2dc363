//! Reading files: accepted spellings, ranges, and what is rejected.

use std::time::Duration;

use types::ErrorCode;

use crate::{
    Value,
    check::Severity,
    model::{OnError, Pipeline, RetryPolicy, Stage},
};

fn pipeline(text: &str) -> Pipeline {
    Pipeline::parse(text, &crate::check::fixtures::registry())
        .unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A pipeline with one stage that has these fields besides `id` and `type`.
fn one(fields: &str) -> Pipeline {
    let comma = if fields.is_empty() { "" } else { "," };
    pipeline(&format!(
        r#"{{"name": "p", "stages": [{{"id": "a", "type": "logger"{comma}{fields}}}]}}"#
    ))
}

/// The stage of [`one`], which must have no problems.
fn stage(fields: &str) -> Stage {
    let read = one(fields);
    assert!(read.problems.is_empty(), "{fields}: {:#?}", read.problems);
    read.stages[0].clone()
}

/// Code, severity and path of each problem.
fn problems(read: &Pipeline) -> Vec<(ErrorCode, Severity, &str)> {
    read.problems
        .iter()
        .map(|p| (p.code, p.severity, p.path.as_str()))
        .collect()
}

#[test]
fn a_component_is_named_by_any_of_three_keys_with_hyphens_or_underscores() {
    for key in ["type", "component_type", "component"] {
        for name in ["json-transform", "json_transform"] {
            let read = pipeline(&format!(
                r#"{{"name": "p", "stages": [{{"id": "a", "{key}": "{name}"}}]}}"#
            ));
            assert!(read.problems.is_empty());
            assert_eq!(read.stages[0].component.value, "json_transform");
        }
    }
    let both = |a: &str, b: &str| {
        pipeline(&format!(
            r#"{{"name": "p", "stages": [{{"id": "a", "type": "{a}", "component_type": "{b}"}}]}}"#
        ))
    };
    assert!(both("http-request", "http_request").problems.is_empty());
    let read = both("logger", "filter");
    assert_eq!(
        problems(&read),
        [(
            ErrorCode::InvalidValue,
            Severity::Error,
            "$.stages[0].component_type"
        )]
    );
    assert!(read.problems[0].related.is_some());
}

#[test]
fn input_mapping_overrides_config() {
    let read = stage(
        r#""input_mapping": {"b": 20, "c": "{{input.c}}"}, "config": {"a": 1, "b": 2, "x": null}"#,
    );
    let inputs: Vec<(&str, &Value)> = read
        .inputs
        .iter()
        .map(|(key, value)| (key.as_str(), &value.value))
        .collect();
    assert_eq!(
        inputs,
        [
            ("a", &Value::Int(1)),
            ("b", &Value::Int(20)),
            ("x", &Value::Null),
            ("c", &Value::from("{{input.c}}")),
        ]
    );
    assert!(
        stage(r#""config": null, "input_mapping": null"#)
            .inputs
            .is_empty()
    );
}

#[test]
fn inputs_keep_their_positions() {
    let text = r#"{"name":"p","stages":[{"id":"a","type":"logger","config":{"m":"x"},"input_mapping":{"m":"yy"}}]}"#;
    let read = pipeline(text);
    let (_, value) = read.stages[0].inputs.get_index(0).unwrap();
    assert_eq!(&text[value.span.start..value.span.end], "\"yy\"");
    let node = read.document.node(read.stages[0].input_nodes[0]).unwrap();
    assert_eq!(node.path().to_string(), "$.stages[0].input_mapping.m");
}

#[test]
fn retry_config_is_read_with_its_ranges() {
    assert_eq!(stage("").retry, None);
    assert_eq!(stage(r#""retry_config": null"#).retry, None);
    assert_eq!(
        stage(r#""retry_config": {}"#).retry,
        Some(RetryPolicy::default())
    );
    let ms = Duration::from_millis;
    let full = r#""retry_config": {"max_retries": 10, "initial_delay_ms": 0, "max_delay_ms": 50, "backoff_multiplier": 5}"#;
    let policy = RetryPolicy {
        max_retries: 10,
        initial_delay: ms(0),
        max_delay: ms(50),
        multiplier: 5.0,
    };
    assert_eq!(stage(full).retry, Some(policy));
    let canonical = stage(r#""retry_config": {"backoff_ms": 60000, "backoff_multiplier": 1.5}"#);
    let retry = canonical.retry.unwrap();
    assert_eq!(
        (retry.initial_delay, retry.max_delay),
        (ms(60_000), ms(60_000))
    );

    for (config, field, part) in [
        (r#"{"max_retries": 11}"#, "max_retries", "from 0 to 10"),
        (r#"{"max_retries": -1}"#, "max_retries", "-1"),
        (r#"{"max_retries": 1.5}"#, "max_retries", "whole number"),
        (r#"{"max_retries": "3"}"#, "max_retries", "whole number"),
        (
            r#"{"initial_delay_ms": -1}"#,
            "initial_delay_ms",
            "from 0 to",
        ),
        (
            r#"{"backoff_multiplier": 0.5}"#,
            "backoff_multiplier",
            "from 1 to 5",
        ),
        (
            r#"{"backoff_multiplier": 5.5}"#,
            "backoff_multiplier",
            "5.5",
        ),
        (
            r#"{"max_delay_ms": 10, "initial_delay_ms": 20}"#,
            "max_delay_ms",
            "20",
        ),
    ] {
        let read = one(&format!(r#""retry_config": {config}"#));
        assert_eq!(read.problems.len(), 1, "{config}");
        let problem = &read.problems[0];
        assert_eq!(problem.path, format!("$.stages[0].retry_config.{field}"));
        assert!(
            problem.message.contains(field) && problem.message.contains(part),
            "{problem:?}"
        );
        assert!(problem.is_error());
    }
    let read = one(r#""retry_config": {"retry_on_status_codes": [503]}"#);
    assert_eq!(read.problems[0].code, ErrorCode::Unsupported);
    assert!(!read.problems[0].is_error());
}

#[test]
fn error_handling_is_a_policy_with_a_fixed_delay() {
    let read =
        stage(r#""error_handling": {"on_error": "retry", "max_retries": 6, "retry_delay": 10000}"#);
    let delay = Duration::from_secs(10);
    let policy = RetryPolicy {
        max_retries: 6,
        initial_delay: delay,
        max_delay: delay,
        multiplier: 1.0,
    };
    assert_eq!((read.retry, read.on_error), (Some(policy), OnError::Fail));
    let read = stage(r#""error_handling": {"on_error": "continue"}"#);
    assert_eq!((read.retry, read.on_error), (None, OnError::Continue));
    let read = stage(r#""error_handling": {"on_error": "continue", "max_retries": 2}"#);
    assert_eq!(
        (read.retry.map(|r| r.max_retries), read.on_error),
        (Some(2), OnError::Continue)
    );
    let read = stage(r#""error_handling": {"on_error": "fail"}"#);
    assert_eq!((read.retry, read.on_error), (None, OnError::Fail));
    let read = stage(r#""error_handling": {"on_error": "retry", "max_retries": 30}"#);
    assert_eq!(read.retry.map(|r| r.max_retries), Some(30));
    assert_eq!(
        one(r#""error_handling": {"max_retries": 101}"#)
            .problems
            .len(),
        1
    );
    // The stage's own fields win.
    let read = stage(
        r#""on_error": "skip", "retry_config": {"max_retries": 1}, "error_handling": {"on_error": "retry", "max_retries": 9}"#,
    );
    assert_eq!(
        (read.retry.map(|r| r.max_retries), read.on_error),
        (Some(1), OnError::Skip)
    );
}

#[test]
fn on_error_takes_the_words_of_both_schemas() {
    for (word, expected) in [
        ("fail", OnError::Fail),
        ("propagate", OnError::Fail),
        ("continue", OnError::Continue),
        ("skip", OnError::Skip),
    ] {
        assert_eq!(
            stage(&format!(r#""on_error": "{word}""#)).on_error,
            expected
        );
    }
    assert!(stage(r#""on_error": "retry""#).retry.is_some());
    let read = one(r#""on_error": "contineu""#);
    assert_eq!(
        read.problems[0].suggestion.as_deref(),
        Some("did you mean `continue`?")
    );
}

#[test]
fn a_canvas_is_arranged_if_its_metadata_says_so() {
    let arranged = |metadata: &str| {
        pipeline(&format!(
            r#"{{"name": "p", "metadata": {metadata}, "stages": [{{"id": "a", "type": "logger"}}]}}"#
        ))
        .is_arranged()
    };
    assert!(arranged(r#"{"canvas": {"arranged": true}}"#));
    for other in [
        "null",
        "[]",
        r#"{"canvas": true}"#,
        r#"{"canvas": {"arranged": 1}}"#,
        r#"{"arranged": true}"#,
    ] {
        assert!(!arranged(other), "{other}");
    }
    assert!(!one("").is_arranged());
}

#[test]
fn timeouts_positions_and_model_settings_are_read() {
    assert_eq!(
        stage(r#""timeout_ms": 1500"#).timeout,
        Some(Duration::from_millis(1500))
    );
    assert_eq!(stage(r#""timeout_ms": 0"#).timeout, None);
    assert_eq!(
        stage(r#""position": {"x": 100, "y": -2.5}"#).position,
        Some((100.0, -2.5))
    );
    assert_eq!(stage(r#""position": {"x": 1}"#).position, Some((1.0, 0.0)));
    let read = stage(
        r#""provider": "openai", "model": "m", "llm_settings": {"provider": "scripted", "temperature": 0.5, "max_tokens": 100, "top_p": 1, "stop_sequences": ["END"]}"#,
    );
    let llm = read.llm.unwrap();
    assert_eq!(llm.provider.as_deref(), Some("scripted"));
    assert_eq!(llm.model.as_deref(), Some("m"));
    assert_eq!(
        (llm.temperature, llm.max_tokens, llm.top_p),
        (Some(0.5), Some(100), Some(1.0))
    );
    assert_eq!(llm.stop_sequences, ["END"]);
    assert!(stage("").llm.is_none());
    for (fields, path) in [
        (r#""timeout_ms": -5"#, "$.stages[0].timeout_ms"),
        (r#""timeout_ms": "30s""#, "$.stages[0].timeout_ms"),
        (
            r#""llm_settings": {"temperature": 3}"#,
            "$.stages[0].llm_settings.temperature",
        ),
        (
            r#""llm_settings": {"max_tokens": 0}"#,
            "$.stages[0].llm_settings.max_tokens",
        ),
        (r#""depends_on": "b""#, "$.stages[0].depends_on"),
        (r#""depends_on": [1]"#, "$.stages[0].depends_on[0]"),
        (r#""config": []"#, "$.stages[0].config"),
    ] {
        let read = one(fields);
        assert_eq!(read.problems.len(), 1, "{fields}: {:?}", read.problems);
        assert!(read.problems[0].is_error());
        assert_eq!(read.problems[0].path, path);
        assert_eq!(read.problems[0].stage.as_deref(), Some("a"));
    }
}

#[test]
fn the_top_level_accepts_the_fields_of_init_and_the_templates() {
    let read = pipeline(
        r#"{"$schema": "https://flowmason.dev/schemas/pipeline.schema.json", "id": "x", "name": "N",
            "version": "2.1.0", "description": "d", "category": "c", "tags": ["t"],
            "difficulty": "easy", "use_cases": [], "metadata": {}, "extends": null,
            "abstract": false, "overrides": {}, "compositions": [], "output_stage_id": "a",
            "timeout_ms": 60000, "example_input": {"a": 1},
            "input_schema": {"type": "object", "properties": {}, "required": []},
            "output_schema": {"type": "object"},
            "stages": [{"id": "a", "type": "logger"}]}"#,
    );
    assert!(read.problems.is_empty(), "{:#?}", read.problems);
    assert_eq!(
        (read.id.as_str(), read.name.as_str(), read.version.as_str()),
        ("x", "N", "2.1.0")
    );
    assert_eq!(read.sample_input.unwrap().get("a"), Some(&Value::Int(1)));
    assert_eq!(read.output_stage.unwrap().value, "a");
    assert_eq!(read.timeout, Some(Duration::from_secs(60)));
    assert!(read.input_schema.is_some() && read.output_schema.is_some());
    let bare = pipeline(
        r#"{"name": "N", "sample_input": [], "example_input": 1, "stages": [{"id": "a", "type": "logger"}]}"#,
    );
    assert_eq!((bare.id.as_str(), bare.version.as_str()), ("N", "1.0.0"));
    assert_eq!(bare.sample_input, Some(Value::from(Vec::<Value>::new())));
}

#[test]
fn i10_unsupported_features_are_reported_and_never_ignored() {
    for (field, key) in [
        (r#""extends": "base""#, "extends"),
        (r#""abstract": true"#, "abstract"),
        (r#""overrides": {"a": {"config": {}}}"#, "overrides"),
        (r#""compositions": ["other"]"#, "compositions"),
        (
            r#""compositions": [{"id": "c", "pipeline": "other", "depends_on": ["a"]}]"#,
            "compositions",
        ),
        (
            r#""$schema": "https://flowmason.dev/schemas/v2/pipeline.schema.json""#,
            "$schema",
        ),
        (r#""format_version": 2"#, "format_version"),
        (r#""schema_version": "3.1""#, "schema_version"),
    ] {
        let read = pipeline(&format!(
            r#"{{"name": "p", {field}, "stages": [{{"id": "a", "type": "logger"}}]}}"#
        ));
        let path = format!("$.{key}");
        let expected = [(ErrorCode::Unsupported, Severity::Error, path.as_str())];
        assert_eq!(problems(&read), expected, "{field}");
        assert!(read.problems[0].suggestion.is_some());
    }
    let composed = pipeline(
        r#"{"name": "p", "compositions": [{"id": "c", "pipeline": "other"}], "stages": [{"id": "a", "type": "logger"}]}"#,
    );
    assert!(composed.problems[0].message.contains("`other`"));
    for fields in [r#""enabled": false"#, r#""fallback_output": {"x": 1}"#] {
        assert_eq!(one(fields).problems[0].code, ErrorCode::Unsupported);
    }
    assert!(stage(r#""enabled": true"#).inputs.is_empty());
}

#[test]
fn missing_parts_are_reported_all_at_once() {
    let read =
        pipeline(r#"{"stages": [{}, 5, {"id": "", "type": null}, {"id": 7, "type": "logger"}]}"#);
    assert_eq!(
        problems(&read),
        [
            (ErrorCode::MissingField, Severity::Error, "$"),
            (ErrorCode::MissingField, Severity::Error, "$.stages[0]"),
            (ErrorCode::MissingField, Severity::Error, "$.stages[0]"),
            (ErrorCode::WrongType, Severity::Error, "$.stages[1]"),
            (ErrorCode::MissingField, Severity::Error, "$.stages[2]"),
            (ErrorCode::InvalidValue, Severity::Error, "$.stages[2].id"),
            (ErrorCode::WrongType, Severity::Error, "$.stages[3].id"),
        ]
    );
    assert_eq!(problems(&pipeline("{\"name\": \"p\"}")).len(), 1);
    assert_eq!(
        problems(&pipeline("{\"name\": \"p\", \"stages\": []}"))[0].0,
        ErrorCode::InvalidValue
    );
    assert_eq!(
        problems(&pipeline("{\"name\": \" \", \"stages\": {}}")).len(),
        2
    );
    for text in ["[]", "\"x\"", "5", "null"] {
        assert_eq!(
            Pipeline::parse(text, &crate::check::fixtures::registry()).unwrap_err()[0].code,
            ErrorCode::WrongType
        );
    }
}

#[test]
fn unknown_keys_are_kept_and_warned_about() {
    let text = r#"{"name": "p", "stagess": 1, "x-mine": {}, "stages": [{"id": "a", "type": "logger", "dependson": []}]}"#;
    let read = pipeline(text);
    assert_eq!(
        problems(&read),
        [
            (ErrorCode::UnknownField, Severity::Warning, "$.stagess"),
            (
                ErrorCode::UnknownField,
                Severity::Warning,
                "$.stages[0].dependson"
            ),
        ]
    );
    assert_eq!(
        read.problems[0].suggestion.as_deref(),
        Some("did you mean `stages`?")
    );
    assert_eq!(
        read.problems[1].suggestion.as_deref(),
        Some("did you mean `depends_on`?")
    );
    assert_eq!(read.source.as_ref(), text);
}

#[test]
fn x13_ids_that_would_break_addresses_or_deceive_are_refused() {
    let long = "x".repeat(201);
    let huge = "x".repeat(10_240);
    for id in [
        "a;b",
        "$(x)",
        "../x",
        "a/b",
        "a[0]",
        "a]",
        "a\\u0000b",
        "a\\nb",
        "a\\u202eb",
        "\\u200fa",
        "a\\u200bb",
        "{{a}}",
        "a\\\"b",
        "`a`",
        " a",
        "a ",
        "",
        " ",
        &long,
        &huge,
    ] {
        let text = format!(r#"{{"name": "p", "stages": [{{"id": "{id}", "type": "logger"}}]}}"#);
        let read = pipeline(&text);
        let found = &read.problems;
        assert_eq!(found.len(), 1, "{id}");
        assert_eq!(found[0].code, ErrorCode::InvalidValue, "{id}");
        assert_eq!(found[0].path, "$.stages[0].id");
        assert!(found[0].message.len() < 300);
        let clean = |c: char| !c.is_control() && c != '\u{202e}' && c != '\u{200f}';
        assert!(
            found[0].message.chars().all(clean),
            "{:?}",
            found[0].message
        );
    }
    // Reserved words of scripting languages are valid ids, and so are letters of any script.
    for id in [
        "class",
        "if",
        "None",
        "__proto__",
        "constructor",
        "input",
        "a.b",
        "Schritt-1",
        "prüfen",
        "段階",
        "with blank",
        &"x".repeat(200),
    ] {
        let text = format!(r#"{{"name": "p", "stages": [{{"id": "{id}", "type": "logger"}}]}}"#);
        assert!(pipeline(&text).problems.is_empty(), "{id}");
    }
}

#[test]
fn a_component_may_name_its_version_and_a_node_its_model_among_its_inputs() {
    let read = pipeline(
        r#"{"name": "p", "stages": [{"id": "a", "type": "generator@^1.0.0", "llm_settings": {"model": "far"},
            "config": {"prompt": "x", "model": "near", "provider": "{{input.p}}"}}]}"#,
    );
    let stage = &read.stages[0];
    assert_eq!(stage.component.value, "generator");
    let llm = stage.llm.as_deref().unwrap();
    assert_eq!(
        (llm.model.as_deref(), llm.provider.as_deref()),
        (Some("near"), None)
    );
    let names: Vec<&str> = stage.inputs.keys().map(String::as_str).collect();
    assert_eq!(names, ["prompt", "provider"]);
    assert_eq!(stage.inputs.len(), stage.input_nodes.len());
}

#[test]
fn inputs_get_the_names_that_their_component_uses() {
    for (component, config, field, expected) in [
        ("foreach", r#""stage": "x""#, "loop_stages", r#"["x"]"#),
        ("foreach", r#""stages": ["x"]"#, "loop_stages", r#"["x"]"#),
        ("foreach", r#""max_concurrency": 3"#, "max_parallel", "3"),
        ("router", r#""default": "x""#, "default_route", r#"["x"]"#),
        (
            "router",
            r#""routes": {"a": "x", "b": ["y"]}"#,
            "routes",
            r#"{"a":["x"],"b":["y"]}"#,
        ),
        (
            "conditional",
            r#""true_branch_stages": "x""#,
            "true_branch_stages",
            r#"["x"]"#,
        ),
        ("improver", r#""original": "x""#, "content", r#""x""#),
        // Of two synonyms, the one listed first in the schema wins; the component's own name wins
        // over both.
        (
            "foreach",
            r#""stage": "x", "stages": "y""#,
            "loop_stages",
            r#"["y"]"#,
        ),
        // A template is left for the checks to reject.
        (
            "foreach",
            r#""loop_stages": "{{x}}", "stages": "y""#,
            "loop_stages",
            r#""{{x}}""#,
        ),
    ] {
        let read = pipeline(&format!(
            r#"{{"name": "p", "stages": [{{"id": "a", "type": "{component}", "config": {{{config}}}}}]}}"#
        ));
        let found = read.stages[0].inputs.get(field).map(|v| v.value.to_json());
        assert_eq!(found.as_deref(), Some(expected), "{component} {config}");
    }
}
