//! Checks of the literal values in a pipeline file, before anything runs.
//!
//! A value with an expression anywhere inside is not literal: its final value is unknown, so it is
//! not checked. Rules that a JSON schema can express (types, allowed values, ranges) belong in the
//! component's input schema; this module is for all other rules.

use std::collections::HashMap;

use crate::{
    Value,
    template::{PathPart, ValuePath},
};

/// Validates a JSON schema. The paths of the faults are relative to the schema.
pub type SchemaCheck = fn(&Value) -> Vec<LiteralFault>;

/// The inputs of one stage as written, by their names in the component's schema.
#[derive(Debug, Default)]
pub struct Literals<'a> {
    given: HashMap<&'a str, &'a Value>,
    computed: Vec<&'a str>,
}

impl<'a> Literals<'a> {
    /// Adds a field. If its value is not literal, only its presence is noted.
    pub fn insert(&mut self, field: &'a str, value: &'a Value, literal: bool) {
        if literal {
            self.given.insert(field, value);
        } else {
            self.computed.push(field);
        }
    }

    /// The field's value, if it is literal and not null.
    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.given
            .get(field)
            .copied()
            .filter(|value| **value != Value::Null)
    }

    /// The field's text, if its value is a literal text.
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.get(field).and_then(Value::as_str)
    }

    /// Whether the stage omits the field or sets it to a literal null.
    pub fn is_absent(&self, field: &str) -> bool {
        self.get(field).is_none() && !self.computed.contains(&field)
    }
}

/// A literal value that is certainly or probably wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct LiteralFault {
    /// The input field and the path inside its value. If empty, the fault concerns the stage, and
    /// the message is a complete sentence.
    pub path: ValuePath,
    /// What is wrong, phrased to follow the name of the value, such as "is not a regular
    /// expression".
    pub message: String,
    /// What to write instead.
    pub suggestion: Option<String>,
    /// The position inside the value, if it is a text, in bytes.
    pub offset: Option<usize>,
    /// Whether the stage works nevertheless.
    pub warning: bool,
}

impl LiteralFault {
    /// A field value that can never work.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            path: vec![PathPart::Field(field.into())],
            message: message.into(),
            suggestion: None,
            offset: None,
            warning: false,
        }
    }

    /// A fault of the stage as a whole.
    pub fn of_stage(message: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            ..Self::new("", message)
        }
    }

    /// Extends the path by a key.
    pub fn key(mut self, key: &str) -> Self {
        self.path.push(PathPart::Field(key.into()));
        self
    }

    /// Extends the path by the index of an item.
    pub fn item(mut self, at: usize) -> Self {
        self.path.push(PathPart::Index(at));
        self
    }

    /// Extends the path by another path.
    pub fn inside(mut self, way: ValuePath) -> Self {
        self.path.extend(way);
        self
    }

    /// Sets the suggestion.
    pub fn suggest(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }

    /// Sets the position inside the text, in bytes.
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Makes the fault a warning: the stage works nevertheless.
    pub fn warn(mut self) -> Self {
        self.warning = true;
        self
    }
}
