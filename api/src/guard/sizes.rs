//! The sizes in bytes of variables, and of the arguments that use them.

use std::collections::HashMap;

use async_graphql::{
    Name, Variables,
    parser::types::{BaseType, ExecutableDocument, Type},
};
use async_graphql_value::{ConstValue, Value};
use types::ErrorCode;

use super::limit_exceeded;
use crate::{error::ApiError, limits};

/// The size of each variable of an operation, in bytes.
#[derive(Debug, Default)]
pub struct Sizes(HashMap<String, usize>);

impl Sizes {
    /// Measures an operation's variables. Refuses them if they exceed [`limits::VARIABLES`].
    pub fn of_variables(variables: &Variables) -> Result<Self, ApiError> {
        let mut sizes = HashMap::new();
        let mut total = 0usize;
        for (name, value) in variables.iter() {
            let size = json_size(value);
            total = total.saturating_add(size).saturating_add(name.len() + 4);
            sizes.insert(name.to_string(), size);
        }
        if total > limits::VARIABLES {
            return Err(ApiError::new(
                ErrorCode::LimitExceeded,
                format!(
                    "The variables are larger than {} bytes; send less at once",
                    limits::VARIABLES
                ),
            ));
        }
        Ok(Self(sizes))
    }

    /// The size of an argument, including the values of its variables.
    pub fn of(&self, value: &Value) -> usize {
        match value {
            Value::Variable(name) => self.0.get(name.as_str()).copied().unwrap_or(1),
            Value::List(items) => items
                .iter()
                .map(|item| self.of(item).saturating_add(1))
                .fold(2, usize::saturating_add),
            Value::Object(map) => map
                .iter()
                .map(|(name, item)| self.of(item).saturating_add(name.len() + 4))
                .fold(2, usize::saturating_add),
            Value::String(text) => text_size(text),
            Value::Binary(bytes) => bytes.len(),
            _ => 8,
        }
    }
}

/// Refuses variables with lists longer than [`limits::LIST`] or ids longer than [`limits::ID`],
/// according to their declared types.
pub fn check_lists(document: &ExecutableDocument, variables: &Variables) -> Result<(), ApiError> {
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let name = &definition.node.name.node;
            if let Some(value) = variables.get(name) {
                check_value(name, &definition.node.var_type.node, value)?;
            }
        }
    }
    Ok(())
}

fn check_value(name: &Name, declared: &Type, value: &ConstValue) -> Result<(), ApiError> {
    match (&declared.base, value) {
        (BaseType::List(inner), ConstValue::List(items)) => {
            if items.len() > limits::LIST {
                return Err(limit_exceeded(
                    &format!("variable `{name}`"),
                    items.len(),
                    limits::LIST,
                    "entries",
                ));
            }
            items
                .iter()
                .try_for_each(|item| check_value(name, inner, item))
        }
        (BaseType::Named(kind), ConstValue::String(text))
            if kind.as_str() == "ID" && text.len() > limits::ID =>
        {
            Err(limit_exceeded(
                &format!("id in `{name}`"),
                text.len(),
                limits::ID,
                "bytes",
            ))
        }
        _ => Ok(()),
    }
}

/// The size of a value as JSON in bytes, computed without serializing it.
pub fn json_size(value: &ConstValue) -> usize {
    use ConstValue as V;

    match value {
        V::Null => 4,
        V::Boolean(_) => 5,
        V::Number(number) => {
            if number.is_f64() {
                24
            } else {
                number.to_string().len()
            }
        }
        V::String(text) => text_size(text),
        V::Enum(name) => name.len() + 2,
        V::Binary(bytes) => bytes.len(),
        V::List(items) => items
            .iter()
            .map(|item| json_size(item).saturating_add(1))
            .fold(2, usize::saturating_add),
        V::Object(map) => map
            .iter()
            .map(|(name, item)| json_size(item).saturating_add(name.len() + 4))
            .fold(2, usize::saturating_add),
    }
}

/// The size of a text as a JSON string in bytes, including escapes.
pub fn text_size(text: &str) -> usize {
    let escapes: usize = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
            0..=31 => 5,
            _ => 0,
        })
        .sum();
    text.len() + escapes + 2
}
