//! JSON Schema validation, with errors that name the field. References to other documents are never
//! fetched.

mod check;
mod cost;
mod words;

use std::fmt;

use engine::Value;
use jsonschema::{PatternOptions, ValidationError, error::ValidationErrorKind};
use schemars::JsonSchema;
use serde::Serialize;

pub use check::faults;
use cost::Cost;
use words::words;

/// A compiled schema.
pub struct Schema {
    validator: jsonschema::Validator,
    cost: Cost,
}

/// Why a schema cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub String);

/// The mismatches of a value with a schema, in the order of the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatches {
    /// The first mismatches, at most [`Mismatches::MOST`].
    pub listed: Vec<Mismatch>,
    /// The number of all mismatches.
    pub total: usize,
}

impl Mismatches {
    /// How many mismatches are listed; more are only counted.
    pub const MOST: usize = 100;
    /// How many mismatches a message contains.
    pub const MAX_IN_MESSAGE: usize = 20;

    /// Whether the data matches the schema.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The mismatches for a message: the first ones, then an entry that says how many more there
    /// are.
    pub fn told(mut self) -> Vec<Mismatch> {
        self.listed.truncate(Self::MAX_IN_MESSAGE);
        let more = self.total - self.listed.len();
        if more > 0 {
            self.listed.push(Mismatch {
                field: String::new(),
                message: format!("and {more} more"),
            });
        }
        self.listed
    }

    fn one(message: impl Into<String>) -> Self {
        Self {
            listed: vec![Mismatch {
                field: String::new(),
                message: message.into(),
            }],
            total: 1,
        }
    }
}

/// A part of the data that does not match the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mismatch {
    /// The path of the field (`items[0].price`); empty for the whole value.
    pub field: String,
    /// The problem, without the name of the field.
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

/// How many errors are sorted at most.
const MAX_ORDERED: usize = 10_000;
/// The largest schema, in bytes in memory.
const MAX_SCHEMA: usize = 4 << 20;

/// The nesting depth of a value, and the number of its parts.
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

/// The options of the validation library. `format` is always checked, whatever the draft says.
fn options<'i>() -> jsonschema::ValidationOptions<'i> {
    // Patterns may use lookaround, which needs backtracking; its steps are limited.
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

    /// All mismatches of a value with the schema.
    pub fn errors(&self, value: &Value) -> Mismatches {
        let (depth, parts) = measure(value);
        if !self.cost.allows(depth, parts) {
            return Mismatches::one("the schema is too complex for data of this size and depth");
        }
        let json = value.to_serde();
        let found: Vec<_> = self.validator.iter_errors(&json).collect();
        let mut all = Vec::with_capacity(found.len());
        found.iter().for_each(|error| flatten(error, 0, &mut all));
        let total = all.len();
        all.truncate(MAX_ORDERED);
        // A stable sort: errors of the same field stay in the order of the schema.
        all.sort_by_cached_key(|error| place(error, value));
        let listed = all.into_iter().take(Mismatches::MOST);
        Mismatches {
            listed: listed.map(mismatch).collect(),
            total,
        }
    }
}

/// Flattens the errors of `anyOf` and `oneOf`: if one alternative has the right type, so that all
/// its errors are further inside, its errors are reported instead of the failed keyword.
fn flatten<'e>(
    error: &'e ValidationError<'_>,
    depth: usize,
    out: &mut Vec<&'e ValidationError<'e>>,
) {
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } =
        error.kind()
        && depth < MAX_FLATTENED
    {
        let at = error.instance_path().as_str();
        let inside = |errors: &&Vec<ValidationError<'_>>| {
            let deeper = |one: &ValidationError<'_>| {
                let required = matches!(one.kind(), ValidationErrorKind::Required { .. });
                required || one.instance_path().as_str().len() > at.len()
            };
            !errors.is_empty() && errors.iter().all(deeper)
        };
        if let Some(best) = context.iter().find(inside) {
            return best.iter().for_each(|one| flatten(one, depth + 1, out));
        }
    }
    out.push(error);
}

/// How deep nested alternatives are flattened.
const MAX_FLATTENED: usize = 8;

/// The sort key of an error: the index of the mismatched part at each level of the data. Missing
/// properties sort last.
fn place(error: &ValidationError<'_>, value: &Value) -> Vec<usize> {
    let path = error.instance_path().to_string();
    let mut at = Some(value);
    let mut out: Vec<usize> = path
        .split('/')
        .skip(1)
        .map(|part| {
            let key = part.replace("~1", "/").replace("~0", "~");
            let (place, inner) = match at {
                Some(Value::Map(map)) => match map.get_full(key.as_str()) {
                    Some((place, _, inner)) => (place, Some(inner)),
                    None => (usize::MAX, None),
                },
                Some(Value::List(items)) => {
                    let place = key.parse().unwrap_or(usize::MAX);
                    (place, items.get(place))
                }
                _ => (usize::MAX, None),
            };
            at = inner;
            place
        })
        .collect();
    if matches!(error.kind(), ValidationErrorKind::Required { .. }) {
        out.push(usize::MAX);
    }
    out
}

fn mismatch(error: &ValidationError<'_>) -> Mismatch {
    let at = field(&error.instance_path().to_string());
    // A missing property is named itself, not the object that lacks it.
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
        message: words(error),
    }
}

/// Converts a JSON pointer to a path: `/items/0/price` to `items[0].price`.
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

/// Cuts the middle out of a long message: the library's messages contain the whole value.
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
