//! The one way in which components equate and order values (`docs/comparison.md`): `filter`,
//! `aggregate` and `router` ask here, and so does every later component.
//!
//! Not for expressions: `==` and `<` inside `{{ }}` are Python's (`engine::expr`).

mod date;
mod key;
mod number;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use engine::Value;

pub use key::Key;
pub use number::Number;

/// As what two values are ordered. The bound of a condition decides it for a condition, all values
/// together decide it for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By value; text that is a plain decimal number counts.
    Number,
    /// By instant; text in ISO 8601 counts, without an offset it is UTC.
    Date,
    /// By code point.
    Text,
    /// False before true.
    Boolean,
}

impl Kind {
    /// The kind of one value. `None` for null, lists and objects, which have no order.
    pub fn of(value: &Value) -> Option<Kind> {
        match Key::of(value) {
            Key::Number(_) => Some(Kind::Number),
            Key::Date(_) => Some(Kind::Date),
            Key::Text(_) => Some(Kind::Text),
            Key::Boolean(_) => Some(Kind::Boolean),
            Key::Null | Key::List(_) | Key::Map(_) => None,
        }
    }

    /// The kind of a column: what all its values are. Text that is not all numbers and not all
    /// dates is ordered as text. Null values are left out by the caller.
    ///
    /// # Errors
    /// [`Incomparable`] with the first two values that have no order in common.
    pub fn of_column(values: &[&Value]) -> Result<Kind, Incomparable> {
        let Some((first, rest)) = values.split_first() else {
            return Ok(Kind::Text);
        };
        let kind = Kind::of(first).ok_or_else(|| Incomparable::alone(first))?;
        let Some(odd) = rest.iter().find(|value| Kind::of(value) != Some(kind)) else {
            return Ok(kind);
        };
        match values.iter().find(|value| value.as_str().is_none()) {
            None => Ok(Kind::Text),
            Some(_) => Err(Incomparable::pair(first, odd)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Text => "text",
            Kind::Boolean => "boolean",
        }
    }
}

/// Why two values have no order.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Incomparable(String);

impl Incomparable {
    fn alone(value: &Value) -> Self {
        Self(match value {
            Value::Null => "null cannot be ordered".to_owned(),
            other => format!("{} cannot be ordered", other.type_phrase()),
        })
    }

    fn pair(a: &Value, b: &Value) -> Self {
        Self(format!(
            "{} cannot be compared with {}",
            described(a),
            described(b)
        ))
    }
}

/// Whether two values are the same: numbers by value also when one is written as text, dates by
/// instant, lists and objects by their content.
pub fn equal(a: &Value, b: &Value) -> bool {
    a == b || Key::of(a) == Key::of(b)
}

/// The order of a value against a condition's bound; the bound decides as what they are compared.
///
/// # Errors
/// [`Incomparable`] when the value is not of the bound's kind, or the bound has no order.
pub fn order(value: &Value, bound: &Value) -> Result<Ordering, Incomparable> {
    let kind = Kind::of(bound).ok_or_else(|| Incomparable::alone(bound))?;
    order_as(kind, value, bound).ok_or_else(|| Incomparable::pair(value, bound))
}

/// The order of two values of a column of that kind; `None` when one is of another kind.
pub fn order_as(kind: Kind, a: &Value, b: &Value) -> Option<Ordering> {
    if kind == Kind::Text {
        return Some(a.as_str()?.cmp(b.as_str()?));
    }
    match (Key::of(a), Key::of(b)) {
        (Key::Number(a), Key::Number(b)) if kind == Kind::Number => Some(a.cmp(&b)),
        (Key::Date(a), Key::Date(b)) if kind == Kind::Date => Some(a.cmp(&b)),
        (Key::Boolean(a), Key::Boolean(b)) if kind == Kind::Boolean => Some(a.cmp(&b)),
        _ => None,
    }
}

/// A value with its kind, as messages show it: `the number 9`, `the text "n/a"`.
fn described(value: &Value) -> String {
    let kind = Kind::of(value).map_or(value.type_name(), Kind::name);
    if *value == Value::Null {
        return kind.to_owned();
    }
    let json = value.to_json();
    let shown: String = json.chars().take(60).collect();
    let more = if shown.len() < json.len() { "…" } else { "" };
    format!("the {kind} {shown}{more}")
}
