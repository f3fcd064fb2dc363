//! Iterates over values, one item at a time.

use std::sync::Arc;

use crate::{
    Map, Value,
    expr::{
        Budget, ExprError,
        error::type_mismatch,
        val::{Set, V, range_len},
    },
};

/// The remaining items.
pub enum Items {
    List(Arc<Vec<Value>>, usize, u16),
    Keys(Arc<Map>, usize),
    Set(Arc<Set>, usize, u16),
    Range { next: i64, step: i64, left: u64 },
    Chars(Arc<str>, usize),
}

impl Items {
    /// The items of a value. If it has none, the error says that `what` needs them.
    pub fn of(value: V, what: &str) -> Result<Self, ExprError> {
        Ok(match value {
            V::Val(Value::List(items), depth) => Items::List(items, 0, depth),
            V::Val(Value::Map(map), _) => Items::Keys(map, 0),
            V::Val(Value::Str(text), _) => Items::Chars(text, 0),
            V::Set(set, depth) => Items::Set(set, 0, depth),
            V::Range(start, stop, step) => Items::Range {
                next: start,
                step,
                left: range_len(start, stop, step),
            },
            other => {
                let kind = other.type_phrase();
                let error = type_mismatch(format!("{what} iterates over a list, not over {kind}"))
                    .given(&[&other]);
                let absent = matches!(other, V::Val(Value::Null, _));
                return Err(error.suggest(
                    absent.then(|| "for a list that may be absent write `(x or [])`".to_owned()),
                ));
            }
        })
    }

    /// An upper bound for the nesting of each item.
    pub fn depth(&self) -> u16 {
        match self {
            Items::List(_, _, depth) | Items::Set(_, _, depth) => depth.saturating_sub(1),
            _ => 0,
        }
    }

    /// An upper bound for the number of remaining items.
    pub fn left(&self) -> usize {
        match self {
            Items::List(items, at, _) => items.len() - at,
            Items::Keys(map, at) => map.len() - at,
            Items::Set(set, at, _) => set.len() - at,
            Items::Range { left, .. } => usize::try_from(*left).unwrap_or(usize::MAX),
            Items::Chars(text, at) => text.len() - at,
        }
    }

    pub fn next(&mut self, budget: &mut Budget) -> Result<Option<V>, ExprError> {
        budget.step(1)?;
        Ok(match self {
            Items::List(items, at, depth) => {
                let item = items.get(*at).map(|item| V::part(item.clone(), *depth));
                *at += usize::from(item.is_some());
                item
            }
            Items::Keys(map, at) => {
                let key = map.get_index(*at).map(|(key, _)| V::flat(key.clone()));
                *at += usize::from(key.is_some());
                key
            }
            Items::Set(set, at, depth) => {
                let item = set.get_index(*at).map(|key| V::part(key.0.clone(), *depth));
                *at += usize::from(item.is_some());
                item
            }
            Items::Range { next, step, left } => {
                let Some(rest) = left.checked_sub(1) else {
                    return Ok(None);
                };
                *left = rest;
                let value = *next;
                *next = next.wrapping_add(*step);
                Some(V::flat(value))
            }
            Items::Chars(text, at) => {
                let Some(c) = text[*at..].chars().next() else {
                    return Ok(None);
                };
                *at += c.len_utf8();
                budget.take(64)?;
                let mut bytes = [0; 4];
                Some(V::flat(&*c.encode_utf8(&mut bytes)))
            }
        })
    }
}
