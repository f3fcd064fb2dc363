//! The value that flows between stages.
//!
//! A separate type rather than serde_json's: integers are `i64` and never silently become floats, a
//! clone costs one reference count, and maps keep their order. No I/O.

mod convert;
mod hash;
mod json;
mod share;
mod syntax;
mod weight;
mod write;

use std::sync::Arc;

use indexmap::IndexMap;

pub use hash::KeyHash;
pub use json::{JsonError, MAX_DEPTH};
pub(crate) use share::{SHARED, hand_over};
pub use syntax::json_error;
pub(crate) use weight::MemoryMeter;

/// A map that keeps its keys in source order.
pub type Map = IndexMap<Arc<str>, Value, KeyHash>;

/// Any value of the language. Cheap to clone: texts, lists and maps are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// JSON `null`. Also the value of a missing path where absence is allowed.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer. A larger number is `VALUE_OUT_OF_RANGE`, never rounded.
    Int(i64),
    /// A finite double.
    Float(f64),
    /// A text.
    Str(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// An ordered map.
    Map(Arc<Map>),
}

impl Value {
    /// The name of the value's type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) => "integer",
            Value::Float(_) => "number",
            Value::Str(_) => "text",
            Value::List(_) => "list",
            Value::Map(_) => "object",
        }
    }

    /// The type with its article, for use in a sentence: "must be a list, not text".
    pub fn type_phrase(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Str(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }

    /// Truth as in Python: null, false, zero and empty values are false.
    pub fn truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(b) => *b,
            Value::Int(i) => *i != 0,
            Value::Float(f) => *f != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::List(l) => !l.is_empty(),
            Value::Map(m) => !m.is_empty(),
        }
    }

    /// The text; `None` for other types.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The integer; `None` for other types.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// A number as a double; `None` for other types.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }

    /// The boolean; `None` for other types.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The list; `None` for other types.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(l) => Some(l),
            _ => None,
        }
    }

    /// The map; `None` for other types.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// A field of a map; `None` if it is missing or this is not a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value as it appears inside text: text unchanged, anything else as JSON.
    pub fn to_text(&self) -> String {
        match self {
            Value::Str(s) => s.to_string(),
            other => other.to_json(),
        }
    }

    /// Whether lists and objects are nested deeper than `levels`. Does not look deeper than that.
    pub fn is_deeper_than(&self, levels: usize) -> bool {
        match self {
            Value::List(items) => {
                levels == 0 || items.iter().any(|item| item.is_deeper_than(levels - 1))
            }
            Value::Map(map) => {
                levels == 0 || map.values().any(|item| item.is_deeper_than(levels - 1))
            }
            _ => false,
        }
    }

    /// An estimate of the value's size in bytes. Shared parts count each time. Stops counting above
    /// `limit`.
    pub fn size(&self, limit: usize) -> usize {
        fn walk(value: &Value, total: &mut usize, limit: usize) {
            *total += size_of::<Value>();
            match value {
                Value::Str(s) => *total += s.len(),
                Value::List(items) => {
                    for item in items.iter() {
                        if *total > limit {
                            return;
                        }
                        walk(item, total, limit);
                    }
                }
                Value::Map(map) => {
                    for (key, item) in map.iter() {
                        if *total > limit {
                            return;
                        }
                        *total += key.len() + 16;
                        walk(item, total, limit);
                    }
                }
                _ => {}
            }
        }
        let mut total = 0;
        walk(self, &mut total, limit);
        total
    }
}
