//! Types are written as serde_json writes them, and values inside are shared.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::*;

#[derive(Serialize)]
enum Shape {
    Unit,
    One(i32),
    Two(i32, bool),
    Named { a: Option<f64>, b: char },
}

#[derive(Serialize)]
struct Newtype(&'static str);

#[derive(Serialize)]
struct Everything {
    shapes: Vec<Shape>,
    newtype: Newtype,
    tuple: (u8, i64, ()),
    none: Option<bool>,
    not_finite: f64,
    float: f32,
    numbers: BTreeMap<i32, u64>,
    letters: BTreeMap<char, bool>,
    json: serde_json::Value,
    #[serde(flatten)]
    more: BTreeMap<&'static str, Value>,
}

fn everything() -> Everything {
    Everything {
        shapes: vec![
            Shape::Unit,
            Shape::One(-1),
            Shape::Two(2, true),
            Shape::Named { a: None, b: 'é' },
        ],
        newtype: Newtype("x"),
        tuple: (1, i64::MIN, ()),
        none: None,
        not_finite: f64::NAN,
        float: 0.5,
        numbers: BTreeMap::from([(-3, 4)]),
        letters: BTreeMap::from([('k', false)]),
        json: json!({ "deep": [1, 2.5, null, { "a": "b" }] }),
        more: BTreeMap::from([("flat", Value::from("text"))]),
    }
}

#[test]
fn a_type_is_written_as_serde_json_writes_it() {
    let value = Value::from_serialize(&everything()).unwrap();
    assert_eq!(
        value.to_json(),
        serde_json::to_value(everything()).unwrap().to_string()
    );
}

#[test]
fn values_inside_are_shared_and_not_copied() {
    #[derive(Serialize)]
    struct Output {
        direct: Value,
        listed: Vec<Value>,
        optional: Option<Value>,
        mapped: Map,
    }
    let value = Value::from_iter([("key", Value::from(vec![Value::from("text")]))]);
    let output = Output {
        direct: value.clone(),
        listed: vec![value.clone(), Value::Null],
        optional: Some(value.clone()),
        mapped: Map::from_iter([("m".into(), value.clone())]),
    };
    let written = Value::from_serialize(&output).unwrap();
    let Value::Map(original) = &value else {
        unreachable!()
    };
    let places = [
        written.get("direct"),
        written.get("listed").and_then(|l| l.as_list()?.first()),
        written.get("optional"),
        written.get("mapped").and_then(|m| m.get("m")),
    ];
    for place in places {
        let Some(Value::Map(map)) = place else {
            panic!("{written:?}")
        };
        assert!(Arc::ptr_eq(map, original));
    }
    // Any other serializer sees plain data, even right after a value was passed without copying.
    assert_eq!(
        serde_json::to_string(&output.listed).unwrap(),
        r#"[{"key":["text"]},null]"#
    );
}

#[test]
fn types_without_a_value_are_rejected() {
    let large = Value::from_serialize(&u64::MAX).unwrap_err();
    assert_eq!(large.code, ErrorCode::ValueOutOfRange);
    let key = Value::from_serialize(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(key.message, "an object key must be text, not a list");
}
