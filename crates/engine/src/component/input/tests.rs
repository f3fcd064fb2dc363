//! Inputs that match the input type, and inputs that do not.

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Input {
    #[serde(alias = "text")]
    prompt: String,
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    level: Level,
}

#[derive(Debug, Deserialize)]
struct Item {
    label: String,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    Info,
    Error,
}

fn read(json: &str) -> Result<Input, String> {
    read_input(&Value::parse_json(json).unwrap()).map_err(|e| {
        assert_eq!(e.code, ErrorCode::StageInput);
        e.message
    })
}

#[test]
fn a_fitting_input_is_read_with_synonyms_and_defaults() {
    let input =
        read(r#"{"text":"hi","rate":2,"level":"error","items":[{"label":"a"}],"data":[1],"x":0}"#)
            .unwrap();
    assert_eq!(
        (input.prompt.as_str(), input.count, input.rate),
        ("hi", None, 2.0)
    );
    assert_eq!(input.items[0].label, "a");
    assert_eq!(input.data.to_json(), "[1]");
    assert_eq!(input.level, Level::Error);
}

#[test]
fn a_misfit_names_the_field_the_value_and_what_is_expected() {
    for (json, message) in [
        (r"{}", "The input `prompt` is missing"),
        (
            r#"{"prompt":5}"#,
            "The input `prompt` must be text, but it is 5",
        ),
        (
            r#"{"prompt":"","count":-1}"#,
            "The input `count` must be a whole number from 0, but it is -1",
        ),
        (
            r#"{"prompt":"","items":[{"label":"a"},{"label":[1]}]}"#,
            "The input `items[1].label` must be text, but it is [1]",
        ),
        (
            r#"{"prompt":"","items":[{}]}"#,
            "The input `items[0].label` is missing",
        ),
        (
            r#"{"prompt":"","items":7}"#,
            "The input `items` must be a list, but it is 7",
        ),
        (
            r#"{"prompt":"","level":"loud"}"#,
            "The input `level` must be one of `info`, `error`, but it is \"loud\"",
        ),
        (
            r#""text""#,
            "The input must be an object, but it is \"text\"",
        ),
    ] {
        assert_eq!(read(json).unwrap_err(), message, "{json}");
    }
}

#[test]
fn a_part_that_stays_a_value_is_shared_not_copied() {
    let list: Value = vec![Value::Int(1)].into();
    let input: Value = [("prompt", Value::from("")), ("data", list.clone())]
        .into_iter()
        .collect();
    let read: Input = read_input(&input).unwrap();
    let (Value::List(a), Value::List(b)) = (&list, &read.data) else {
        unreachable!()
    };
    assert!(std::sync::Arc::ptr_eq(a, b));
}
