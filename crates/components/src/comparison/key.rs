//! Comparison keys: two values are equal if and only if their keys are.

use std::collections::BTreeMap;

use engine::Value;

use super::{date, number::Number};

/// A value in normal form. Usable as the key of a hash map, so that grouping and distinctness
/// follow the same rules as the comparison of two values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Null, or an absent value.
    Null,
    /// A boolean, or the text `true` or `false`.
    Boolean(bool),
    /// A number, or a text that is one.
    Number(Number),
    /// A date, in nanoseconds since 1970 in UTC.
    Date(i128),
    /// Any other text.
    Text(String),
    /// A list: the keys of its items, in order.
    List(Vec<Key>),
    /// An object: the keys of its fields, in any order.
    Map(BTreeMap<String, Key>),
}

impl Key {
    /// The key of a value.
    pub fn of(value: &Value) -> Key {
        match value {
            Value::Null => Key::Null,
            Value::Bool(b) => Key::Boolean(*b),
            Value::Int(i) => Key::Number(Number::from(*i)),
            Value::Float(f) => Key::Number(Number::from(*f)),
            Value::Str(text) => Key::of_text(text),
            Value::List(items) => Key::List(items.iter().map(Key::of).collect()),
            Value::Map(map) => Key::Map(
                map.iter()
                    .map(|(name, value)| (name.to_string(), Key::of(value)))
                    .collect(),
            ),
        }
    }

    fn of_text(text: &str) -> Key {
        let plain = text.trim();
        match plain {
            "true" => return Key::Boolean(true),
            "false" => return Key::Boolean(false),
            _ => {}
        }
        // Only texts that begin like a number or a date are parsed.
        if plain.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            if let Some(number) = Number::of_text(plain) {
                return Key::Number(number);
            }
            if let Some(instant) = date::instant(plain) {
                return Key::Date(instant);
            }
        }
        Key::Text(text.to_owned())
    }
}
