//! What a value is equal by: two values are the same exactly when their keys are.

use std::collections::BTreeMap;

use engine::Value;

use super::{date, number::Number};

/// A value brought to one spelling. Usable as the key of a hash map, so that grouping and
/// distinctness follow the same rules as a comparison of two values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Null; also what is absent.
    Null,
    /// True or false, also written as the text `true` or `false`.
    Boolean(bool),
    /// A number, also written as text.
    Number(Number),
    /// Nanoseconds since 1970 in UTC.
    Date(i128),
    /// Any other text.
    Text(String),
    /// By its items, in order.
    List(Vec<Key>),
    /// By its fields, in any order.
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
        // Only what begins like a number or a date is looked at closely.
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
