//! Field types that convert common inputs: any value to text, text to a number, one value to a
//! list. A template inside a longer text always evaluates to text, so `"{{input.limit}} "` must
//! still work as a number.

use std::borrow::Cow;

use engine::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// Text; any other value is converted to JSON, and null to an empty text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text(pub String);

/// A text or a list of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts(pub Vec<String>);

/// A whole number, also written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Int(pub i64);

/// A number, also written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Num(pub f64);

/// True or false, also written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flag(pub bool);

/// Converts a value to text; null becomes empty.
pub fn text_of(value: &Value) -> String {
    if *value == Value::Null {
        String::new()
    } else {
        value.to_text()
    }
}

/// Converts a value to a list of texts. An object becomes one `name: value` per field; null and
/// empty text become an empty list.
pub fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().map(text_of).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(k, v)| format!("{k}: {}", text_of(v)))
            .collect(),
        other => Some(text_of(other))
            .filter(|t| !t.is_empty())
            .into_iter()
            .collect(),
    }
}

/// Converts a value to a whole number; `None` if that is not possible without loss.
pub fn int_of(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        Value::Float(f) if f.fract() == 0.0 && f.abs() < 9.0e15 => Some(*f as i64),
        Value::Str(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// Converts a value to a finite number; `None` if that is not possible.
pub fn num_of(value: &Value) -> Option<f64> {
    match value {
        Value::Str(s) => s.trim().parse().ok().filter(|f: &f64| f.is_finite()),
        other => other.as_f64(),
    }
}

/// Converts a value to true or false; `None` if it is neither a boolean nor such a text.
pub fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::Str(s) => match s.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    let text: String = value.to_json().chars().take(60).collect();
    format!("`{text}` ({})", value.type_name())
}

macro_rules! lenient {
    ($type:ident, $name:literal, $expected:literal, $read:expr, $schema:tt) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <Value as Deserialize>::deserialize(deserializer)?;
                let read: fn(&Value) -> Option<_> = $read;
                read(&value).map($type).ok_or_else(|| {
                    D::Error::custom(format!("{} where {} is expected", shown(&value), $expected))
                })
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

lenient!(Text, "Text", "text", |v| Some(text_of(v)), { "type": "string" });
lenient!(Texts, "Texts", "text or a list of text", |v| Some(texts_of(v)), {
    "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
});
lenient!(Int, "Int", "a whole number", int_of, { "type": "integer" });
lenient!(Num, "Num", "a number", num_of, { "type": "number" });
lenient!(Flag, "Flag", "true or false", flag_of, { "type": "boolean" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_booleans_are_read_from_text_but_never_guessed() {
        assert_eq!(int_of(&Value::from(" 12 ")), Some(12));
        assert_eq!(int_of(&Value::Float(3.0)), Some(3));
        assert_eq!(int_of(&Value::Float(3.5)), None);
        assert_eq!(int_of(&Value::from("many")), None);
        assert_eq!(num_of(&Value::from("0.5")), Some(0.5));
        assert_eq!(num_of(&Value::from("inf")), None);
        assert_eq!(flag_of(&Value::from("True")), Some(true));
        assert_eq!(flag_of(&Value::from("yes")), None);
    }

    #[test]
    fn a_list_or_one_text_is_a_list_of_texts() {
        let list = Value::from(vec![Value::from("a"), Value::Int(2)]);
        assert_eq!(texts_of(&list), ["a", "2"]);
        assert_eq!(texts_of(&Value::from("a")), ["a"]);
        assert!(texts_of(&Value::Null).is_empty());
    }
}
