//! JSON schemas: compiled once, errors that name the field. Nothing is ever fetched.

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

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub String);

/// What does not fit, in the order of the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatches {
    /// The first ones, at most [`Mismatches::MOST`].
    pub listed: Vec<Mismatch>,
    /// How many there are in all.
    pub total: usize,
}

impl Mismatches {
    /// More of them are only counted.
    pub const MOST: usize = 100;
    /// How many a person is told.
    pub const MOST_TOLD: usize = 20;

    /// Whether the data fits.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// What a person is told: the first ones, and how many there are beside.
    pub fn told(mut self) -> Vec<Mismatch> {
        self.listed.truncate(Self::MOST_TOLD);
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

/// More errors than this are not put in order.
const MAX_ORDERED: usize = 10_000;
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

    /// What does not fit: every field, and all that is wrong with each.
    pub fn errors(&self, value: &Value) -> Mismatches {
        let (depth, parts) = measure(value);
        if !self.cost.allows(depth, parts) {
            return Mismatches::one("the schema is too much work for data of this size and depth");
        }
        let json = value.to_serde();
        let found: Vec<_> = self.validator.iter_errors(&json).collect();
        let mut all = Vec::with_capacity(found.len());
        found.iter().for_each(|error| flatten(error, 0, &mut all));
        let total = all.len();
        all.truncate(MAX_ORDERED);
        // Stable: what is wrong at one place stays in the order of the schema.
        all.sort_by_cached_key(|error| place(error, value));
        let listed = all.into_iter().take(Mismatches::MOST);
        Mismatches {
            listed: listed.map(mismatch).collect(),
            total,
        }
    }
}

/// Where none of several schemas fits, the errors of the one that fits best count: that of the
/// right type, whose errors are all further inside.
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

/// How deep alternatives inside alternatives are looked into.
const MAX_FLATTENED: usize = 8;

/// Where the data's part stands that does not fit: at each level its place among its siblings. What
/// is missing stands behind them.
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
        message: words(error),
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
