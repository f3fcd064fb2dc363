//! Access to fields, items and slices, and membership tests.

use std::{ops::Range, sync::Arc};

use types::ErrorCode;

use super::{
    Budget, ExprError, compare,
    error::{failed, type_mismatch},
    eval::{Items, absent},
    funcs::Func,
    val::{Key, V, pay_for_hash, range_len},
};
use crate::{Map, Value, diagnostic::did_you_mean};

/// `base.name`, where the base is not a fixed path.
pub fn attribute(base: &V, name: &str, lenient: bool) -> Result<V, ExprError> {
    match base {
        V::Val(Value::Map(map), depth) => {
            if let Some(value) = map.get(name) {
                return Ok(V::part(value.clone(), *depth));
            }
            if lenient {
                return Ok(V::NULL);
            }
            let near = did_you_mean(name, map.keys().take(200).map(|key| &**key));
            Err(absent(format!("the object has no field `{name}`"), near))
        }
        _ if lenient => Ok(V::NULL),
        other => Err(absent(
            format!("{} has no field `{name}`", other.type_phrase()),
            None,
        )),
    }
}

/// The object key for an integer.
pub fn int_key(i: i64) -> Arc<str> {
    Arc::from(i.to_string())
}

/// A value as an object key: text, or a scalar that JSON writes as text.
pub fn key_text(value: &Value) -> Result<Arc<str>, ExprError> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        Value::Int(i) => Ok(int_key(*i)),
        Value::Null | Value::Bool(_) | Value::Float(_) => Ok(Arc::from(value.to_json())),
        Value::List(_) | Value::Map(_) => Err(type_mismatch(format!(
            "a key must be text, not {}",
            value.type_phrase()
        ))),
    }
}

/// [`key_text`], charged to the budget.
pub fn paid_key(value: &Value, budget: &mut Budget) -> Result<Arc<str>, ExprError> {
    let key = key_text(value)?;
    budget.scan(key.len())?;
    Ok(key)
}

/// Charges for copying all keys of a map into another one.
pub fn pay_for_keys(map: &Map, budget: &mut Budget) -> Result<(), ExprError> {
    map.keys().try_for_each(|key| budget.scan(key.len()))
}

/// A value as an object key to look up or insert. Charged, since hashing reads all of it.
pub fn key(value: &V, budget: &mut Budget) -> Result<Arc<str>, ExprError> {
    match value {
        V::Val(value, _) => paid_key(value, budget),
        other => Err(type_mismatch(format!(
            "a key must be text, not {}",
            other.type_phrase()
        ))),
    }
}

/// The item at an index. A negative index counts from the end.
pub fn at_index(items: &[Value], index: i64) -> Option<&Value> {
    items.get(place(index, items.len())?)
}

fn place(index: i64, len: usize) -> Option<usize> {
    let at = if index < 0 {
        index.checked_add(i64::try_from(len).ok()?)?
    } else {
        index
    };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// `base[index]`.
pub fn subscript(base: &V, index: &V, lenient: bool, budget: &mut Budget) -> Result<V, ExprError> {
    let number = match index {
        V::Val(Value::Int(i), _) => Some(*i),
        V::Val(Value::Bool(b), _) => Some(i64::from(*b)),
        _ => None,
    };
    let found = match (base, number) {
        (V::Val(Value::Map(map), depth), _) => map
            .get(&*key(index, budget)?)
            .map(|value| V::part(value.clone(), *depth)),
        (V::Val(Value::List(items), depth), Some(i)) => {
            at_index(items, i).map(|item| V::part(item.clone(), *depth))
        }
        (V::Val(Value::Str(text), _), Some(i)) => {
            budget.scan(text.len())?;
            budget.take(64)?;
            let len = char_count(text);
            place(i, len).and_then(|at| Some(V::flat(&text[char_range(text, at..at + 1)?])))
        }
        (V::Range(start, stop, step), Some(i)) => {
            let len = usize::try_from(range_len(*start, *stop, *step)).unwrap_or(usize::MAX);
            place(i, len).map(|at| V::flat(start.wrapping_add(step.wrapping_mul(at as i64))))
        }
        // As in a fixed path: an index on a value without items reads as absent.
        (V::Val(..), Some(_)) => None,
        (V::Val(..), None) if matches!(index, V::Val(Value::Str(_), _)) => None,
        (V::Val(Value::Null, _), _) => None,
        (base, _) => {
            let (base, index) = (base.type_phrase(), index.type_phrase());
            return Err(type_mismatch(format!(
                "{base} cannot be indexed by {index}"
            )));
        }
    };
    match found {
        Some(value) => Ok(value),
        None if lenient => Ok(V::NULL),
        None => {
            let shown: String = index
                .as_value()
                .map_or_else(String::new, Value::to_json)
                .chars()
                .take(60)
                .collect();
            Err(absent(
                format!("{} has nothing at `[{shown}]`", base.type_phrase()),
                None,
            ))
        }
    }
}

/// One bound of a slice; `None` for null.
pub fn bound(value: &V) -> Result<Option<i64>, ExprError> {
    match value {
        V::Val(Value::Null, _) => Ok(None),
        V::Val(Value::Int(i), _) => Ok(Some(*i)),
        other => Err(type_mismatch(format!(
            "a slice takes whole numbers, not {}",
            other.type_phrase()
        ))),
    }
}

/// `base[from:to:step]`.
pub fn slice(base: &V, bounds: [Option<i64>; 3], budget: &mut Budget) -> Result<V, ExprError> {
    if bounds[2] == Some(0) {
        return Err(failed("the step of a slice cannot be zero"));
    }
    match base {
        V::Val(Value::List(items), depth) => {
            let indices = indices(items.len(), bounds);
            budget.list(indices.count)?;
            let taken = indices.filter_map(|i| items.get(i).cloned()).collect();
            Ok(V::Val(taken, *depth))
        }
        V::Val(Value::Str(text), _) => {
            budget.scan(text.len())?;
            let len = char_count(text);
            let indices = indices(len, bounds);
            budget.text(indices.count.saturating_mul(4).min(text.len()))?;
            if indices.step == 1 {
                let range = indices.start..indices.start + indices.count;
                return Ok(V::flat(
                    char_range(text, range).map_or("", |range| &text[range]),
                ));
            }
            budget.take(text.len().saturating_mul(4))?;
            let chars: Vec<char> = text.chars().collect();
            let out: String = indices.filter_map(|i| chars.get(i)).collect();
            Ok(V::flat(out))
        }
        V::Range(..) => {
            let list = base.clone().into_value(budget)?;
            slice(&V::Val(list, 1), bounds, budget)
        }
        other => Err(type_mismatch(format!(
            "{} cannot be sliced",
            other.type_phrase()
        ))),
    }
}

/// The indices of a slice, with Python's rules.
struct Indices {
    start: usize,
    step: i64,
    count: usize,
    taken: usize,
}

impl Iterator for Indices {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.taken == self.count {
            return None;
        }
        let at = self.start as i64 + self.step.saturating_mul(self.taken as i64);
        self.taken += 1;
        usize::try_from(at).ok()
    }
}

fn indices(len: usize, [from, to, step]: [Option<i64>; 3]) -> Indices {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let clamp = |i: i64, low: i64, high: i64| {
        (if i < 0 { i.saturating_add(len) } else { i }).clamp(low, high)
    };
    let (start, stop) = if step > 0 {
        (
            clamp(from.unwrap_or(0), 0, len),
            clamp(to.unwrap_or(len), 0, len),
        )
    } else {
        let start = from.map_or(len - 1, |i| clamp(i, -1, len - 1));
        (start, to.map_or(-1, |i| clamp(i, -1, len - 1)))
    };
    let count = usize::try_from(range_len(start, stop, step)).unwrap_or(0);
    Indices {
        start: usize::try_from(start).unwrap_or(0),
        step,
        count,
        taken: 0,
    }
}

/// The number of characters in a text.
pub fn char_count(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// The byte range of a range of characters; `None` if it is out of bounds.
pub fn char_range(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    if text.is_ascii() {
        return (range.end <= text.len()).then_some(range);
    }
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = places.nth(range.start)?;
    let count = range.end.checked_sub(range.start)?;
    let end = if count == 0 {
        start
    } else {
        places.nth(count - 1)?
    };
    Some(start..end)
}

/// `item in container`.
pub fn contains(container: &V, item: &V, budget: &mut Budget) -> Result<bool, ExprError> {
    Ok(match (container, item) {
        (V::Val(Value::Str(text), _), V::Val(Value::Str(part), _)) => {
            budget.scan(text.len() + part.len())?;
            text.contains(&**part)
        }
        (V::Val(Value::Map(map), _), V::Val(value, _)) => match paid_key(value, budget) {
            Ok(key) => map.contains_key(&*key),
            Err(error) if error.code == ErrorCode::TypeMismatch => false,
            Err(error) => return Err(error),
        },
        (V::Val(Value::List(items), _), V::Val(value, _)) => {
            for other in items.iter() {
                if compare::values_equal(other, value, budget)? {
                    return Ok(true);
                }
            }
            false
        }
        (V::Set(set, _), V::Val(value, _)) => {
            pay_for_hash(value, budget)?;
            set.contains(&Key(value.clone()))
        }
        (V::Range(start, stop, step), V::Val(value, _)) => match value {
            Value::Int(i) => {
                let (i, start, step) = (i128::from(*i), i128::from(*start), i128::from(*step));
                let last =
                    start + step * (i128::from(range_len(start as i64, *stop, step as i64)) - 1);
                let inside = if step > 0 {
                    start <= i && i <= last
                } else {
                    last <= i && i <= start
                };
                inside && step != 0 && (i - start) % step == 0
            }
            _ => false,
        },
        (V::Val(Value::List(_), _) | V::Set(..) | V::Range(..), other) => {
            let mut items = Items::of(container.clone(), "`in`")?;
            while let Some(item) = items.next(budget)? {
                if compare::equal(&item, other, budget)? {
                    return Ok(true);
                }
            }
            false
        }
        (V::Val(Value::Null, _), _) => {
            return Err(
                type_mismatch("`in` searches text, a list or an object, not null").suggest(Some(
                    "for a value that may be absent write `(x or [])`".to_owned(),
                )),
            );
        }
        (container, item) => {
            let (container, item) = (container.type_phrase(), item.type_phrase());
            return Err(type_mismatch(format!(
                "`in` cannot look for {item} in {container}"
            )));
        }
    })
}

/// The field of a value, for `hasattr` and `getattr`. `None` if the value has none of this name.
pub fn field<'v>(base: &'v V, name: &str) -> Option<(&'v Value, u16)> {
    match base {
        V::Val(Value::Map(map), depth) => map.get(name).map(|value| (value, *depth)),
        _ => None,
    }
}

/// The type of a value, as the function that constructs it.
pub fn type_of(value: &V) -> Option<Func> {
    Some(match value {
        V::Val(Value::Null, _) | V::Func(_) | V::Lambda(_) => return None,
        V::Val(Value::Bool(_), _) => Func::Bool,
        V::Val(Value::Int(_), _) => Func::Int,
        V::Val(Value::Float(_), _) => Func::Float,
        V::Val(Value::Str(_), _) => Func::Str,
        V::Val(Value::List(_), _) => Func::List,
        V::Val(Value::Map(_), _) => Func::Dict,
        V::Set(..) => Func::Set,
        V::Range(..) => Func::Range,
    })
}
