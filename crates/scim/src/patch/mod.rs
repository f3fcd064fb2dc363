//! Changes of a resource (RFC 7644, section 3.5.2), in the spellings of Okta and Entra ID too:
//! operations in either case, with and without a path, and both forms of removing members.
//!
//! A patch is read as a whole and applied to a copy: all operations or none.

mod apply;
mod path;

use serde_json::Value as Json;

use path::Path;

use crate::{Object, Schema, ScimError, ScimType, error::quoted};

/// The largest number of operations.
pub const MOST_OPERATIONS: usize = 1_000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug)]
struct Operation {
    kind: Kind,
    path: Option<Path>,
    value: Json,
}

/// The operations of a request.
#[derive(Clone, Debug)]
pub struct Patch(Vec<Operation>);

impl Patch {
    /// Reads a request.
    ///
    /// # Errors
    /// Says which operation is wrong, and how.
    pub fn read(schema: &Schema, body: &Object) -> Result<Self, ScimError> {
        let syntax = |detail: String| ScimError::new(ScimType::InvalidSyntax, detail);
        let list = get(body, "Operations").and_then(Json::as_array);
        let list = list.ok_or_else(|| syntax("Operations: is missing; send a list".to_owned()))?;
        if list.is_empty() {
            return Err(syntax("Operations: is empty; send at least one".to_owned()));
        }
        if list.len() > MOST_OPERATIONS {
            let problem = format!(
                "Operations: has {} entries; at most {MOST_OPERATIONS} are allowed",
                list.len()
            );
            return Err(syntax(problem));
        }
        let each = list.iter().enumerate();
        let read = each.map(|(at, one)| Operation::read(schema, one).map_err(|error| error.at(at)));
        Ok(Self(read.collect::<Result<_, _>>()?))
    }

    /// The resource after all operations.
    ///
    /// # Errors
    /// Says which operation cannot be applied.
    pub fn apply(&self, schema: &Schema, resource: &Object) -> Result<Object, ScimError> {
        let mut changed = resource.clone();
        for (at, operation) in self.0.iter().enumerate() {
            operation
                .apply(schema, &mut changed)
                .map_err(|error| error.at(at))?;
        }
        schema.canonical(&changed)
    }
}

impl Operation {
    fn read(schema: &Schema, one: &Json) -> Result<Self, ScimError> {
        let syntax = |detail: String| ScimError::new(ScimType::InvalidSyntax, detail);
        let one = one
            .as_object()
            .ok_or_else(|| syntax("is not an object".to_owned()))?;
        let word = get(one, "op").and_then(Json::as_str).unwrap_or_default();
        let kind = match word.to_ascii_lowercase().as_str() {
            "add" => Kind::Add,
            "replace" => Kind::Replace,
            "remove" => Kind::Remove,
            _ => {
                return Err(syntax(format!(
                    "op: is {}; use add, replace or remove",
                    quoted(word)
                )));
            }
        };
        let path = match get(one, "path") {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) if text.trim().is_empty() => None,
            Some(Json::String(text)) => Some(Path::read(schema, text)?),
            Some(_) => return Err(syntax("path: is not a text".to_owned())),
        };
        let value = get(one, "value").cloned().unwrap_or_default();
        match (kind, &path) {
            (Kind::Remove, None) => {
                let detail = "path: is missing; say what to remove";
                return Err(ScimError::new(ScimType::NoTarget, detail));
            }
            (Kind::Add | Kind::Replace, None) if !value.is_object() => {
                let detail =
                    "value: is not an object; without a path, send the attributes as an object";
                return Err(ScimError::new(ScimType::InvalidValue, detail));
            }
            _ => {}
        }
        Ok(Self { kind, path, value })
    }
}

impl ScimError {
    /// The same error, at this operation.
    fn at(self, at: usize) -> Self {
        let detail = format!("Operations[{at}]: {}", self.detail);
        Self { detail, ..self }
    }
}

/// A member of a message, in either case.
fn get<'a>(map: &'a Object, name: &str) -> Option<&'a Json> {
    let mut all = map.iter();
    all.find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests;
