//! What a component says of the literal values in a pipeline file, before anything runs.
//!
//! A value with an expression anywhere inside is not literal: it may become anything, so it is
//! not looked at. What a JSON schema can say (types, words, ranges) stands in the component's
//! input schema; this is for the rest.

use std::collections::HashMap;

use crate::{
    Value,
    template::{PathPart, ValuePath},
};

/// Checks a JSON schema; the paths of the faults start at the schema itself.
pub type SchemaCheck = fn(&Value) -> Vec<LiteralFault>;

/// One stage's inputs as they are written, by their names in the component's schema.
#[derive(Debug, Default)]
pub struct Literals<'a> {
    given: HashMap<&'a str, &'a Value>,
    computed: Vec<&'a str>,
}

impl<'a> Literals<'a> {
    /// Notes a field; one that is not literal is only known to be there.
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

    /// The field's text, if it is a literal text.
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.get(field).and_then(Value::as_str)
    }

    /// Whether the stage leaves the field out, or gives null literally.
    pub fn is_absent(&self, field: &str) -> bool {
        self.get(field).is_none() && !self.computed.contains(&field)
    }
}

/// A literal value that can never work, or is probably wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct LiteralFault {
    /// The input field and the path inside its value. Empty: the fault is the stage's, and the
    /// message is a whole sentence.
    pub path: ValuePath,
    /// What is wrong, to be read behind the name of the value: "is not a regular expression".
    pub message: String,
    /// What to write instead.
    pub suggestion: Option<String>,
    /// The place inside the value, if it is a text, in bytes.
    pub offset: Option<usize>,
    /// Whether the stage works all the same.
    pub warning: bool,
}

impl LiteralFault {
    /// A field's value that never works.
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

    /// The same, for the value under this key.
    pub fn key(mut self, key: &str) -> Self {
        self.path.push(PathPart::Field(key.into()));
        self
    }

    /// The same, for the item at this place.
    pub fn item(mut self, at: usize) -> Self {
        self.path.push(PathPart::Index(at));
        self
    }

    /// The same, for a value further inside.
    pub fn inside(mut self, way: ValuePath) -> Self {
        self.path.extend(way);
        self
    }

    /// With what to write instead.
    pub fn suggest(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }

    /// With its place inside the text, in bytes.
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// As a warning: the stage works all the same.
    pub fn warn(mut self) -> Self {
        self.warning = true;
        self
    }
}
