//! JSON schemas: compiled once, errors that name the field. Nothing is ever fetched.

use std::fmt;

use engine::Value;
use jsonschema::error::ValidationErrorKind;
use schemars::JsonSchema;
use serde::Serialize;

/// A compiled schema.
pub struct Schema(jsonschema::Validator);

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

impl Schema {
    /// Compiles a schema. A reference to another document is an error.
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        let json = schema.to_serde();
        jsonschema::validator_for(&json)
            .map(Self)
            .map_err(|e| SchemaError(shortened(&e.to_string())))
    }

    /// What does not fit, at most 100 errors.
    pub fn errors(&self, value: &Value) -> Vec<Mismatch> {
        let json = value.to_serde();
        self.0
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
