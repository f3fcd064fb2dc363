//! Evaluates fixed paths without copying anything but the final value.

use std::fmt::Write;

use types::ErrorCode;

use super::{Eval, absent};
use crate::{
    Map, Value,
    diagnostic::did_you_mean,
    expr::{
        ExprError,
        index::{at_index, attribute, int_key, subscript},
        node::{Kind, Node, Part, Path, Start},
        val::V,
    },
};

impl Eval<'_> {
    pub(super) fn path(&mut self, path: &Path) -> Result<V, ExprError> {
        let lenient = path.lenient || self.lenient;
        let owned;
        let (root, depth) = match &path.start {
            Start::Slot(slot) => match self.slots.get(self.base + *slot as usize) {
                Some(V::Val(value, depth)) => (Some(value), *depth),
                Some(other) if path.parts.is_empty() => return Ok(other.clone()),
                Some(other) => {
                    return self.whole(other.clone(), &path.parts, lenient);
                }
                None => (None, 0),
            },
            Start::Input => (Some(self.scope.input()), super::super::val::OUTSIDE),
            other => {
                owned = self.fetch(other);
                (owned.as_ref(), super::super::val::OUTSIDE)
            }
        };
        let walked = match root {
            Some(value) => walk(value, &path.parts),
            None => Err(0),
        };
        match walked {
            Ok(value) => Ok(V::part(value.clone(), depth.saturating_add(1))),
            Err(1) if let Some(value) = self.own(path, root) => {
                Ok(V::part(value.clone(), depth.saturating_add(1)))
            }
            Err(broken) if let Some(text) = text_before(path, root, broken) => {
                let text = V::Val(text.clone(), depth);
                match self.whole(text, &path.parts[broken - 1..], lenient) {
                    Err(error) if error.code == ErrorCode::MissingPath => {
                        Err(missing_character(path, broken, &error))
                    }
                    other => other,
                }
            }
            Err(_) if lenient => Ok(V::NULL),
            Err(broken) => {
                if let Start::Stage(index) = &path.start
                    && self.scope.stage_skipped(*index)
                {
                    return Ok(V::NULL);
                }
                Err(explain(path, root, broken))
            }
        }
    }

    /// Reads a path whose first field stands for the stage's output itself, or for a field of it.
    #[cold]
    fn own<'v>(&self, path: &Path, root: Option<&'v Value>) -> Option<&'v Value> {
        match (&path.start, path.parts.split_first()?) {
            (Start::Stage(index), (Part::Field(name), rest)) => {
                let root = match self.scope.stage_own(*index, name)? {
                    "" => root?,
                    // With `.*`, every field stands for one inside that field.
                    all if let Some(field) = all.strip_suffix(".*") => {
                        root?.get(field)?.get(name)?
                    }
                    field => root?.get(field)?,
                };
                walk(root, rest).ok()
            }
            _ => None,
        }
    }

    /// Whether this reads from a skipped stage, under which everything is null.
    pub(super) fn is_under_skipped(&self, mut node: &Node) -> bool {
        loop {
            node = match &node.kind {
                Kind::Attr { base, .. } | Kind::Index { base, .. } | Kind::Slice { base, .. } => {
                    base
                }
                Kind::Path(path) => {
                    return matches!(path.start, Start::Stage(index) if self.scope.stage_skipped(index));
                }
                _ => return false,
            };
        }
    }

    pub(super) fn has_local(&self, start: &Start) -> bool {
        matches!(start, Start::Local(name) if self.scope.local(name).is_some())
    }

    fn fetch(&self, start: &Start) -> Option<Value> {
        match start {
            Start::Stage(index) => self.scope.stage(*index),
            Start::Context(name) => self.scope.context(name),
            Start::ContextMap => Some(self.scope.context_map()),
            Start::Env(name) => self.scope.env(name),
            Start::Local(name) => self.scope.local(name),
            Start::Upstream(stages) => Some(
                stages
                    .iter()
                    .filter_map(|(id, index)| Some((id.clone(), self.scope.stage(*index)?)))
                    .collect::<Map>()
                    .into(),
            ),
            Start::Input | Start::Slot(_) => None,
        }
    }

    /// Reads the parts after a value that cannot be walked without copying: a text, a set, a range,
    /// a function.
    #[cold]
    fn whole(&mut self, mut value: V, parts: &[Part], lenient: bool) -> Result<V, ExprError> {
        for part in parts {
            value = match part {
                Part::Field(name) => attribute(&value, name, lenient)?,
                Part::Index(i) => subscript(&value, &V::flat(*i), lenient, self.budget)?,
                Part::Output => value,
            };
        }
        Ok(value)
    }
}

/// The value at the end of the path, or the number of the part that does not exist (from 1).
fn walk<'v>(mut value: &'v Value, parts: &[Part]) -> Result<&'v Value, usize> {
    for (i, part) in parts.iter().enumerate() {
        let next = match (part, value) {
            (Part::Field(name), Value::Map(map)) => map.get(&**name),
            (Part::Index(index), Value::List(items)) => at_index(items, *index),
            (Part::Index(index), Value::Map(map)) => map.get(&*int_key(*index)),
            (Part::Output, Value::Map(map)) => map.get("output").or(Some(value)),
            (Part::Output, _) => Some(value),
            _ => None,
        };
        value = next.ok_or(i + 1)?;
    }
    Ok(value)
}

/// The text, if the missing part is an index into a text: such a character is a new value.
fn text_before<'v>(path: &Path, root: Option<&'v Value>, broken: usize) -> Option<&'v Value> {
    let at = broken.checked_sub(1)?;
    let Part::Index(_) = path.parts.get(at)? else {
        return None;
    };
    walk_prefix(root, &path.parts[..at]).filter(|value| value.as_str().is_some())
}

/// The error for a path that ends at or below a character which a text does not have.
#[cold]
fn missing_character(path: &Path, broken: usize, error: &ExprError) -> ExprError {
    let so_far = shown(path, broken);
    let message = format!("`{so_far}` does not exist: {}", error.message);
    absent(message, or_default(path))
}

/// The path up to this part (from 1), as written.
fn shown(path: &Path, upto: usize) -> String {
    let mut out = path.shown.to_string();
    for part in &path.parts[..upto] {
        // Writing to a String cannot fail.
        let _ = match part {
            Part::Field(name) => write!(out, ".{name}"),
            Part::Index(i) => write!(out, "[{i}]"),
            Part::Output => write!(out, ".output"),
        };
    }
    out
}

/// The error that says how far the path exists and what is there instead.
#[cold]
fn explain(path: &Path, root: Option<&Value>, broken: usize) -> ExprError {
    let so_far = shown(path, broken.saturating_sub(1));
    if broken == 0 {
        let what = match path.start {
            Start::Stage(_) => "that stage has no result yet",
            Start::Env(_) => "that variable is not set in the environment",
            Start::Context(_) => "no such variable is set",
            _ => "it has no value",
        };
        return absent(format!("`{so_far}` is absent: {what}"), or_default(path));
    }
    let before = walk_prefix(root, &path.parts[..broken - 1]);
    let kind = before.map_or("absent", Value::type_phrase);
    match (&path.parts[broken - 1], before) {
        (Part::Field(name), Some(Value::Map(map))) => {
            let near = did_you_mean(name, map.keys().take(200).map(|key| &**key));
            let suggestion = near.or_else(|| or_default(path));
            absent(format!("`{so_far}` has no field `{name}`"), suggestion)
        }
        (Part::Field(name), _) => absent(
            format!("`{so_far}` is {kind} and has no field `{name}`"),
            or_default(path),
        ),
        (Part::Index(i), Some(Value::List(items))) => absent(
            format!(
                "`{so_far}` has {} items, so there is no `[{i}]`",
                items.len()
            ),
            or_default(path),
        ),
        _ => absent(
            format!("`{so_far}` is {kind} and has no items"),
            or_default(path),
        ),
    }
}

fn walk_prefix<'v>(root: Option<&'v Value>, parts: &[Part]) -> Option<&'v Value> {
    walk(root?, parts).ok()
}

fn or_default(path: &Path) -> Option<String> {
    Some(format!(
        "for a value that may be absent write `{}… or default`",
        path.shown
    ))
    .map(|text| {
        text.replace(
            "… or",
            if path.parts.is_empty() {
                " or"
            } else {
                "… or"
            },
        )
    })
}
