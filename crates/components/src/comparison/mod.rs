//! Equality and order of values for all components, such as `filter`, `aggregate` and `router`
//! (`docs/comparison.md`).
//!
//! Not used by expressions: `==` and `<` inside `{{ }}` work as in Python (`engine::expr`).

mod date;
mod key;
mod number;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use engine::Value;

pub use key::Key;
pub use number::Number;

/// The kind of values that an order applies to. In a condition the bound determines it, in a column
/// all values together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ordered by value. Text that is a plain decimal number counts as one.
    Number,
    /// Ordered by instant. Text in ISO 8601 counts as a date; without an offset it is UTC.
    Date,
    /// Ordered by code point.
    Text,
    /// Ordered false before true.
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

    /// The common kind of a column's values. Texts that are neither all numbers nor all dates are
    /// ordered as text. The caller leaves out null values.
    ///
    /// # Errors
    /// [`Incomparable`] with the first two values that cannot be compared.
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

/// Whether two values are equal: numbers by value, even if one is written as text, dates by
/// instant, lists and objects by content.
pub fn equal(a: &Value, b: &Value) -> bool {
    a == b || Key::of(a) == Key::of(b)
}

/// Compares a value with a condition's bound, as values of the bound's kind.
///
/// # Errors
/// [`Incomparable`] if the value is of another kind, or the bound has no order.
pub fn order(value: &Value, bound: &Value) -> Result<Ordering, Incomparable> {
    let kind = Kind::of(bound).ok_or_else(|| Incomparable::alone(bound))?;
    order_as(kind, value, bound).ok_or_else(|| Incomparable::pair(value, bound))
}

/// Compares two values as values of this kind; `None` if one is of another kind.
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

/// A value with its kind, for messages: `the number 9`, `the text "n/a"`.
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
