//! JSON schemas: compiled once, errors that name the field. Nothing is ever fetched.

mod check;
mod cost;

use std::fmt;

use engine::Value;
use jsonschema::{PatternOptions, error::ValidationErrorKind};
use schemars::JsonSchema;
use serde::Serialize;

pub use check::faults;
use cost::Cost;

/// A compiled schema.
pub struct Schema {
    validator: jsonschema::Validator,
    cost: Cost,
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub String);

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mismatch {
    /// The field (`items[0].price`); empty for the whole.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.message),
            field => write!(f, "{field}: {}", self.message),
        }
    }
}

/// More errors than this help nobody.
const MAX_ERRORS: usize = 100;
/// The largest schema, in bytes as a value.
const MAX_SCHEMA: usize = 4 << 20;

/// How deep a value nests, and of how many parts it is made.
fn measure(value: &Value) -> (usize, usize) {
    let inside = |items: &mut dyn Iterator<Item = &Value>| {
        items.map(measure).fold((0, 1), |(depth, parts), (d, p)| {
            (depth.max(d + 1), parts + p)
        })
    };
    match value {
        Value::List(items) => inside(&mut items.iter()),
        Value::Map(map) => inside(&mut map.values()),
        _ => (0, 1),
    }
}

/// How schemas are read. `format` is checked, whatever the draft says of it.
fn options<'i>() -> jsonschema::ValidationOptions<'i> {
    // Patterns may look ahead, so they are searched by trying; not more often than this.
    let patterns = PatternOptions::fancy_regex()
        .backtrack_limit(20_000)
        .size_limit(256 * 1024)
        .dfa_size_limit(256 * 1024);
    jsonschema::options()
        .with_pattern_options(patterns)
        .should_validate_formats(true)
}

impl Schema {
    /// Compiles a schema. A reference to another document is an error.
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        if schema.size(MAX_SCHEMA) > MAX_SCHEMA {
            return Err(SchemaError(format!(
                "it is larger than {} MB",
                MAX_SCHEMA >> 20
            )));
        }
        let cost = Cost::of(schema).map_err(SchemaError)?;
        let json = schema.to_serde();
        options()
            .build(&json)
            .map(|validator| Self { validator, cost })
            .map_err(|e| SchemaError(shortened(&e.to_string())))
    }

    /// What does not fit, at most 100 errors.
    pub fn errors(&self, value: &Value) -> Vec<Mismatch> {
        let (depth, parts) = measure(value);
        if !self.cost.allows(depth, parts) {
            return vec![Mismatch {
                field: String::new(),
                message: "the schema is too much work for data of this size and depth".to_owned(),
            }];
        }
        let json = value.to_serde();
        self.validator
            .iter_errors(&json)
            .take(MAX_ERRORS)
            .map(|e| mismatch(&e))
            .collect()
    }
}

fn mismatch(error: &jsonschema::ValidationError<'_>) -> Mismatch {
    let at = field(&error.instance_path().to_string());
    // What is missing is named itself, not the object that lacks it.
    if let ValidationErrorKind::Required { property } = error.kind() {
        let name = property.as_str().unwrap_or_default();
        let field = if at.is_empty() {
            name.to_owned()
        } else {
            format!("{at}.{name}")
        };
        return Mismatch {
            field,
            message: "is missing".to_owned(),
        };
    }
    Mismatch {
        field: at,
        message: shortened(&error.to_string()),
    }
}

/// `/items/0/price` as `items[0].price`.
fn field(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
            out.push_str(&format!("[{part}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&part);
        }
    }
    out
}

/// The library shows the whole value; a large one is cut.
fn shortened(message: &str) -> String {
    const MOST: usize = 300;
    match message.char_indices().nth(MOST) {
        None => message.to_owned(),
        Some(_) => {
            let start: String = message.chars().take(MOST / 2).collect();
            let skip = message.chars().count() - MOST / 2;
            let end: String = message.chars().skip(skip).collect();
            format!("{start} … {end}")
        }
    }
}
