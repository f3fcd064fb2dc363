//! Equality and order as in Python.

use std::cmp::Ordering;

use super::{Budget, ExprError, error::type_mismatch, val::V};
use crate::Value;

/// Python's `==` without a budget: for set members, whose comparison was charged when they were
/// added.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => number_order(a, b) == Some(Ordering::Equal),
    }
}

/// `==`, charged to the budget.
pub fn equal(a: &V, b: &V, budget: &mut Budget) -> Result<bool, ExprError> {
    Ok(match (a, b) {
        (V::Val(a, _), V::Val(b, _)) => values_equal(a, b, budget)?,
        (V::Set(a, _), V::Set(b, _)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            budget.step(a.weight() + b.weight())?;
            a.iter().all(|key| b.contains(key))
        }
        (V::Range(..), V::Range(..)) => {
            let (V::Range(a0, a1, a2), V::Range(b0, b1, b2)) = (a, b) else {
                return Ok(false);
            };
            let (la, lb) = (
                super::val::range_len(*a0, *a1, *a2),
                super::val::range_len(*b0, *b1, *b2),
            );
            la == lb && (la == 0 || (a0 == b0 && (la == 1 || a2 == b2)))
        }
        (V::Func(a), V::Func(b)) => a.type_identity() == b.type_identity(),
        _ => false,
    })
}

/// `==` of two values, charged to the budget.
pub fn values_equal(a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, ExprError> {
    budget.step(1)?;
    Ok(match (a, b) {
        (Value::Str(a), Value::Str(b)) => {
            if a.len() == b.len() {
                budget.scan(a.len())?;
            }
            a == b
        }
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !values_equal(a, b, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.iter() {
                budget.scan(key.len())?;
                let Some(b) = b.get(key) else {
                    return Ok(false);
                };
                if !values_equal(a, b, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => same(a, b),
    })
}

/// The order of two numbers, exact even between integers and doubles. `None` if one is not a number
/// or is NaN.
fn number_order(a: &Value, b: &Value) -> Option<Ordering> {
    let int = |v: &Value| match v {
        Value::Bool(b) => Some(i64::from(*b)),
        Value::Int(i) => Some(*i),
        _ => None,
    };
    match (int(a), int(b)) {
        (Some(a), Some(b)) => return Some(a.cmp(&b)),
        (Some(a), None) => {
            let Value::Float(b) = b else { return None };
            return int_float(a, *b);
        }
        (None, Some(b)) => {
            let Value::Float(a) = a else { return None };
            return int_float(b, *a).map(Ordering::reverse);
        }
        (None, None) => {}
    }
    let (Value::Float(a), Value::Float(b)) = (a, b) else {
        return None;
    };
    a.partial_cmp(b)
}

fn int_float(a: i64, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    // 2^63 as a double: larger than every `i64`.
    if b >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if b < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    Some(
        a.cmp(&(whole as i64))
            .then_with(|| 0.0_f64.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal)),
    )
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_))
}

/// The order of two values; `None` if a number is NaN. Fails for types that have no order.
pub fn order(a: &Value, b: &Value, budget: &mut Budget) -> Result<Option<Ordering>, ExprError> {
    budget.step(1)?;
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => {
            budget.scan(a.len().min(b.len()))?;
            Ok(Some(a.cmp(b)))
        }
        (Value::List(a), Value::List(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                if !values_equal(a, b, budget)? {
                    return order(a, b, budget);
                }
            }
            Ok(Some(a.len().cmp(&b.len())))
        }
        (a, b) if is_number(a) && is_number(b) => Ok(number_order(a, b)),
        (a, b) => {
            let (a, b) = (a.type_phrase(), b.type_phrase());
            let error = type_mismatch(format!(
                "{a} and {b} have no order: `<` and `>` compare two numbers, two texts or two lists"
            ));
            let absent = a == "null" || b == "null";
            Err(error.suggest(absent.then(|| {
                "for a value that may be absent write `(x or 0)` or `x is not None and …`"
                    .to_owned()
            })))
        }
    }
}

/// Sorts stably with a comparison that may fail. Moves only indices while sorting.
pub fn sort<T: Default>(
    mut items: Vec<T>,
    less: &mut impl FnMut(&T, &T) -> Result<bool, ExprError>,
) -> Result<Vec<T>, ExprError> {
    let count = items.len();
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut width = 1;
    while width < count {
        merged.clear();
        for pair in order.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some((l, left_rest)), Some((r, right_rest))) =
                (left.split_first(), right.split_first())
            {
                if less(&items[*r], &items[*l])? {
                    merged.push(*r);
                    right = right_rest;
                } else {
                    merged.push(*l);
                    left = left_rest;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    Ok(order
        .into_iter()
        .map(|i| std::mem::take(&mut items[i]))
        .collect())
}
