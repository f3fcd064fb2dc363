//! Arithmetic and other operators, as in Python except for integers: results outside 64 bits are an
//! error, never rounded and never extended.

use std::sync::Arc;

use rustpython_parser::ast::Operator;

use super::{
    Budget, ExprError,
    error::{failed, out_of_range, type_mismatch},
    index,
    val::{Key, SetBuilder, V},
};
use crate::Value;

/// An integer or a double.
#[derive(Clone, Copy)]
pub enum Num {
    Int(i64),
    Float(f64),
}

impl Num {
    pub fn of(value: &Value) -> Option<Num> {
        match value {
            Value::Bool(b) => Some(Num::Int(i64::from(*b))),
            Value::Int(i) => Some(Num::Int(*i)),
            Value::Float(f) => Some(Num::Float(*f)),
            _ => None,
        }
    }

    pub fn float(self) -> f64 {
        match self {
            Num::Int(i) => i as f64,
            Num::Float(f) => f,
        }
    }
}

fn symbol(op: Operator) -> &'static str {
    match op {
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mult => "*",
        Operator::MatMult => "@",
        Operator::Div => "/",
        Operator::Mod => "%",
        Operator::Pow => "**",
        Operator::LShift => "<<",
        Operator::RShift => ">>",
        Operator::BitOr => "|",
        Operator::BitXor => "^",
        Operator::BitAnd => "&",
        Operator::FloorDiv => "//",
    }
}

/// `left op right`.
pub fn binary(op: Operator, left: V, right: V, budget: &mut Budget) -> Result<V, ExprError> {
    if let (V::Val(a, _), V::Val(b, _)) = (&left, &right)
        && let (Some(a), Some(b)) = (Num::of(a), Num::of(b))
    {
        return numbers(op, a, b).map_err(|error| error.given(&[&left, &right]));
    }
    match (op, &left, &right) {
        (Operator::Add, V::Val(Value::Str(a), _), V::Val(Value::Str(b), _)) => {
            budget.text(a.len() + b.len())?;
            Ok(V::flat([&**a, &**b].concat()))
        }
        (Operator::Add, V::Val(Value::List(a), da), V::Val(Value::List(b), db)) => {
            budget.list(a.len() + b.len())?;
            let items: Vec<Value> = a.iter().chain(b.iter()).cloned().collect();
            Ok(V::Val(items.into(), (*da).max(*db)))
        }
        (Operator::Mult, V::Val(a, depth), V::Val(Value::Int(n), _))
        | (Operator::Mult, V::Val(Value::Int(n), _), V::Val(a, depth)) => {
            repeat(a, *n, *depth, budget).unwrap_or_else(|| Err(no_operator(op, &left, &right)))
        }
        (Operator::BitOr, V::Val(Value::Map(a), da), V::Val(Value::Map(b), db)) => {
            budget.map(a.len() + b.len())?;
            index::pay_for_keys(b, budget)?;
            let mut map = (**a).clone();
            map.extend(b.iter().map(|(k, v)| (k.clone(), v.clone())));
            Ok(V::Val(map.into(), (*da).max(*db)))
        }
        (
            Operator::BitOr | Operator::BitAnd | Operator::BitXor | Operator::Sub,
            V::Set(a, _),
            V::Set(b, _),
        ) => {
            budget.step(a.weight() + b.weight())?;
            let in_a = |key: &Key| a.contains(key);
            let in_b = |key: &Key| b.contains(key);
            let mut out = SetBuilder::new();
            let depth = left.depth().max(right.depth()).saturating_sub(1);
            for key in a.iter() {
                budget.step(1)?;
                if match op {
                    Operator::BitOr => true,
                    Operator::BitAnd => in_b(key),
                    _ => !in_b(key),
                } {
                    out.add(key.0.clone(), depth, budget)?;
                }
            }
            if matches!(op, Operator::BitOr | Operator::BitXor) {
                for key in b.iter().filter(|key| !in_a(key)) {
                    out.add(key.0.clone(), depth, budget)?;
                }
            }
            out.finish()
        }
        (Operator::Add, a, b) if is_text(a) || is_text(b) => Err(no_operator(op, a, b)
            .suggest(Some("write `str(x)` around what is not text".to_owned()))),
        (Operator::Mod, V::Val(Value::Str(_), _), _) => Err(no_operator(op, &left, &right)
            .suggest(Some("write an f-string, or `'{}'.format(x)`".to_owned()))),
        _ => Err(no_operator(op, &left, &right)),
    }
}

fn is_text(v: &V) -> bool {
    matches!(v, V::Val(Value::Str(_), _))
}

fn no_operator(op: Operator, left: &V, right: &V) -> ExprError {
    type_mismatch(format!(
        "`{}` does not take {} and {}",
        symbol(op),
        left.type_phrase(),
        right.type_phrase()
    ))
    .given(&[left, right])
}

fn repeat(
    value: &Value,
    times: i64,
    depth: u16,
    budget: &mut Budget,
) -> Option<Result<V, ExprError>> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    Some(match value {
        Value::Str(s) => budget
            .text(s.len().saturating_mul(times))
            .map(|()| V::flat(s.repeat(times))),
        Value::List(items) => budget.list(items.len().saturating_mul(times)).map(|()| {
            let mut out = Vec::with_capacity(items.len().saturating_mul(times));
            if !items.is_empty() {
                for _ in 0..times {
                    out.extend(items.iter().cloned());
                }
            }
            V::Val(Value::List(Arc::new(out)), depth)
        }),
        _ => return None,
    })
}

/// `a op b` of two numbers.
pub fn numbers(op: Operator, a: Num, b: Num) -> Result<V, ExprError> {
    if let (Num::Int(a), Num::Int(b)) = (a, b) {
        return integers(op, a, b);
    }
    let (x, y) = (a.float(), b.float());
    let zero = || by_zero(op);
    let result = match op {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mult => x * y,
        Operator::Div if y == 0.0 => return Err(zero()),
        Operator::Div => x / y,
        Operator::FloorDiv if y == 0.0 => return Err(zero()),
        Operator::FloorDiv => (x / y).floor(),
        Operator::Mod if y == 0.0 => return Err(zero()),
        Operator::Mod => modulo(x, y),
        Operator::Pow => return power(x, y),
        _ => {
            return Err(type_mismatch(format!(
                "`{}` takes whole numbers only",
                symbol(op)
            )));
        }
    };
    finite(result, x, y, symbol(op))
}

/// Python's `%`: the result has the sign of the divisor.
fn modulo(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest != 0.0 && (rest < 0.0) != (y < 0.0) {
        rest + y
    } else {
        rest
    }
}

/// An infinite result is an error, unless an operand was already infinite.
fn finite(result: f64, x: f64, y: f64, what: &str) -> Result<V, ExprError> {
    if result.is_finite() || !x.is_finite() || !y.is_finite() {
        return Ok(V::float(result));
    }
    Err(out_of_range(&format!("the result of `{what}`")))
}

fn power(x: f64, y: f64) -> Result<V, ExprError> {
    if x == 0.0 && y < 0.0 {
        return Err(failed("zero cannot be raised to a negative power"));
    }
    if x < 0.0 && y.fract() != 0.0 && y.is_finite() {
        return Err(failed(
            "a negative number cannot be raised to a fractional power",
        ));
    }
    finite(x.powf(y), x, y, "**")
}

fn by_zero(op: Operator) -> ExprError {
    let what = match op {
        Operator::Mod => "remainder of a division",
        _ => "division",
    };
    failed(format!(
        "{what} by zero: the right side of `{}` is 0",
        symbol(op)
    ))
}

fn integers(op: Operator, a: i64, b: i64) -> Result<V, ExprError> {
    let result = match op {
        Operator::Add => a.checked_add(b),
        Operator::Sub => a.checked_sub(b),
        Operator::Mult => a.checked_mul(b),
        Operator::Div | Operator::FloorDiv | Operator::Mod if b == 0 => {
            return Err(by_zero(op));
        }
        Operator::Div => return Ok(V::float(a as f64 / b as f64)),
        Operator::FloorDiv => a.checked_div(b).map(|q| {
            if a % b != 0 && (a < 0) != (b < 0) {
                q - 1
            } else {
                q
            }
        }),
        Operator::Mod => Some(a.wrapping_rem(b)).map(|r| {
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            }
        }),
        Operator::Pow if b < 0 => return power(a as f64, b as f64),
        Operator::Pow => match (a, u32::try_from(b)) {
            (0 | 1, _) => Some(if b == 0 { 1 } else { a }),
            (-1, _) => Some(if b % 2 == 0 { 1 } else { -1 }),
            (_, Ok(b)) => a.checked_pow(b),
            _ => None,
        },
        Operator::BitOr => Some(a | b),
        Operator::BitXor => Some(a ^ b),
        Operator::BitAnd => Some(a & b),
        Operator::LShift | Operator::RShift if b < 0 => {
            return Err(failed("the count of a shift must not be negative"));
        }
        Operator::LShift if a == 0 => Some(0),
        Operator::LShift => u32::try_from(b)
            .ok()
            .filter(|b| *b < 63)
            .and_then(|b| a.checked_mul(1_i64 << b)),
        Operator::RShift => Some(a >> b.min(63)),
        Operator::MatMult => return Err(type_mismatch("the operator `@` is not supported")),
    };
    result
        .map(V::flat)
        .ok_or_else(|| out_of_range(&format!("the result of `{}`", symbol(op))))
}

/// `-v`.
pub fn negate(v: &V) -> Result<V, ExprError> {
    match v.as_value().and_then(Num::of) {
        Some(Num::Int(i)) => i
            .checked_neg()
            .map(V::flat)
            .ok_or_else(|| out_of_range("the result of `-`").given(&[v])),
        Some(Num::Float(f)) => Ok(V::float(-f)),
        None => Err(type_mismatch(format!("`-` does not take {}", v.type_phrase())).given(&[v])),
    }
}

/// `+v`.
pub fn plus(v: &V) -> Result<V, ExprError> {
    match v.as_value().and_then(Num::of) {
        Some(Num::Int(i)) => Ok(V::flat(i)),
        Some(Num::Float(f)) => Ok(V::float(f)),
        None => Err(type_mismatch(format!("`+` does not take {}", v.type_phrase())).given(&[v])),
    }
}

/// `~v`.
pub fn invert(v: &V) -> Result<V, ExprError> {
    match v.as_value().and_then(Num::of) {
        Some(Num::Int(i)) => Ok(V::flat(!i)),
        _ => Err(type_mismatch(format!("`~` does not take {}", v.type_phrase())).given(&[v])),
    }
}
