//! Converts values to text: in templates, in f-strings, and by `format`.

mod spec;

use std::io::{self, Write};

use super::{
    Budget, ExprError,
    budget::exhausted,
    error::{failed, type_mismatch},
    eval::CallArgs,
    index,
    val::V,
};
use crate::Value;

pub use spec::with_spec;

/// The value as it appears inside text: text unchanged, anything else as JSON.
pub fn text_of(value: &V, budget: &mut Budget) -> Result<String, ExprError> {
    let mut out = String::new();
    append_text(&mut out, value, budget)?;
    Ok(out)
}

/// Appends the value as it appears inside text.
pub fn append_text(out: &mut String, value: &V, budget: &mut Budget) -> Result<(), ExprError> {
    match value {
        V::Val(Value::Str(text), _) => {
            budget.text(text.len())?;
            out.push_str(text);
        }
        V::Val(Value::Float(f), _) if !f.is_finite() => {
            out.push_str(if f.is_nan() {
                "nan"
            } else if *f > 0.0 {
                "inf"
            } else {
                "-inf"
            });
        }
        V::Val(value, _) => out.push_str(&json(value, budget)?),
        V::Func(func) => out.push_str(func.name()),
        V::Lambda(_) => return Err(type_mismatch("a function cannot be converted to text")),
        other => {
            let list = other.clone().into_value(budget)?;
            out.push_str(&json(&list, budget)?);
        }
    }
    Ok(())
}

/// The value as JSON, so that text has quotes.
pub fn quoted(value: &V, budget: &mut Budget) -> Result<String, ExprError> {
    let value = value.clone().into_value(budget)?;
    json(&value, budget)
}

/// The value as JSON. Fails when it exceeds the memory left.
pub fn json(value: &Value, budget: &mut Budget) -> Result<String, ExprError> {
    let mut writer = Bounded::new(budget);
    let written = serde_json::to_writer(&mut writer, value);
    writer.finish(written)
}

/// The value as indented JSON.
pub fn pretty_json(value: &Value, indent: usize, budget: &mut Budget) -> Result<String, ExprError> {
    let indent = " ".repeat(indent.min(16));
    let mut writer = Bounded::new(budget);
    let style = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut writer, style);
    let written = serde::Serialize::serialize(value, &mut serializer);
    writer.finish(written)
}

/// A text that grows under the budget. Since parts of a value may be shared, its text can be far
/// larger than the value; memory and time limit it.
struct Bounded<'b> {
    bytes: Vec<u8>,
    left: usize,
    /// Bytes until the next check of the clock.
    slice: usize,
    budget: &'b mut Budget,
    stopped: Option<ExprError>,
}

impl<'b> Bounded<'b> {
    /// The number of bytes between two checks of the clock.
    const SLICE: usize = 16 * 1024;

    fn new(budget: &'b mut Budget) -> Self {
        Self {
            bytes: Vec::new(),
            left: budget.memory_left() / 3,
            slice: Self::SLICE,
            budget,
            stopped: None,
        }
    }

    fn finish(self, written: Result<(), serde_json::Error>) -> Result<String, ExprError> {
        if written.is_err() {
            return Err(self.stopped.unwrap_or_else(|| {
                exhausted("its text needs more memory than is left".to_owned())
            }));
        }
        self.budget.text(self.bytes.len())?;
        String::from_utf8(self.bytes).map_err(|_| failed("the value has no text"))
    }
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len()) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        self.left = left;
        match self.slice.checked_sub(bytes.len()) {
            Some(slice) => self.slice = slice,
            None => {
                self.slice = Self::SLICE;
                if let Err(error) = self.budget.look() {
                    self.stopped = Some(error);
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `template.format(…)`: fields are `{}`, `{0}` and `{name}`, each with fixed attributes and a
/// format after a colon. Only data can be reached, no other attributes.
pub fn fill(template: &str, args: &mut CallArgs, budget: &mut Budget) -> Result<String, ExprError> {
    let positional = args.rest();
    let named = args.rest_named();
    let mut out = String::new();
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        budget.text(at)?;
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(failed(
                "a `}` in the format has no `{`; write `}}` for the character",
            ));
        }
        let end = field_end(rest).ok_or_else(|| {
            failed("a `{` in the format is not closed; write `{{` for the character")
        })?;
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let (path, spec) = field.split_once(':').unwrap_or((field, ""));
        let (path, conversion) = path.split_once('!').unwrap_or((path, ""));
        let find = |name: &str, next: &mut usize| -> Result<V, ExprError> {
            let found = if name.is_empty() {
                *next += 1;
                positional.get(*next - 1)
            } else if let Ok(number) = name.parse::<usize>() {
                positional.get(number)
            } else {
                named
                    .iter()
                    .find(|(n, _)| &**n == name)
                    .map(|(_, value)| value)
            };
            let shown: String = name.chars().take(40).collect();
            found
                .cloned()
                .ok_or_else(|| failed(format!("the format has no value for `{{{shown}}}`")))
        };
        let name_end = path.find(['.', '[']).unwrap_or(path.len());
        let mut value = find(&path[..name_end], &mut next)?;
        for part in path[name_end..].split(['.', '[']).skip(1) {
            let part = part.trim_end_matches(']');
            value = match part.parse::<i64>() {
                Ok(i) => index::subscript(&value, &V::flat(i), false, budget)?,
                Err(_) => index::attribute(&value, part, false)?,
            };
        }
        let spec = nested(spec, &mut next, &find, budget)?;
        if matches!(conversion, "r" | "a") {
            value = V::flat(quoted(&value, budget)?);
        }
        let text = with_spec(&value, &spec, budget)?;
        budget.text(text.len())?;
        out.push_str(&text);
    }
    budget.text(rest.len())?;
    out.push_str(rest);
    Ok(out)
}

/// The end of a field. Its format may contain fields of its own, one level deep.
fn field_end(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The format, with its `{}` and `{name}` replaced.
fn nested(
    spec: &str,
    next: &mut usize,
    find: &dyn Fn(&str, &mut usize) -> Result<V, ExprError>,
    budget: &mut Budget,
) -> Result<String, ExprError> {
    let mut out = String::new();
    let mut rest = spec;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open + 1..];
        let end = rest.find('}').unwrap_or(rest.len());
        append_text(&mut out, &find(&rest[..end], next)?, budget)?;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}
