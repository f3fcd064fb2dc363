//! Type conversions.

use super::{Func, to_text};
use crate::{
    Map, Value,
    expr::{
        ExprError,
        error::{failed, out_of_range, type_mismatch},
        eval::{CallArgs, Eval, Items},
        format, index,
        val::{SetBuilder, V},
    },
    value::JsonError,
};

/// The maximum length of a text that is parsed as a number.
const MAX_DIGITS: usize = 400;

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(ev: &mut Eval<'_>, func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    match func {
        Func::Int => int(args),
        Func::Float => match args.optional("value") {
            None => Ok(V::float(0.0)),
            Some(value) => float(&value),
        },
        Func::Str => match args.optional("value") {
            None => Ok(V::flat("")),
            Some(value) => to_text(ev, &value),
        },
        Func::Repr => {
            let value = args.required("value")?;
            Ok(V::flat(format::quoted(&value, ev.budget)?))
        }
        Func::Bool => Ok(V::flat(
            args.optional("value").is_some_and(|value| value.truthy()),
        )),
        Func::List | Func::Tuple => match args.optional("items") {
            None => V::list(Vec::new(), 0),
            Some(value @ V::Val(Value::List(_), _)) => Ok(value),
            Some(V::Val(Value::Null, _)) => V::list(Vec::new(), 0),
            Some(value) => collect(ev, value, func),
        },
        Func::Set | Func::FrozenSet => {
            let mut set = SetBuilder::new();
            if let Some(value) = args.optional("items")
                && !matches!(value, V::Val(Value::Null, _))
            {
                let mut items = Items::of(value, "`set`")?;
                let depth = items.depth();
                while let Some(item) = items.next(ev.budget)? {
                    set.add(item.into_value(ev.budget)?, depth, ev.budget)?;
                }
            }
            set.finish()
        }
        Func::Dict => dict(ev, args),
        Func::Ord => {
            let text = args.text("character")?;
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Ok(V::flat(i64::from(u32::from(c)))),
                _ => Err(failed("`ord` takes one character")),
            }
        }
        Func::Chr => {
            let number = args
                .optional_int("number")?
                .and_then(|i| u32::try_from(i).ok());
            let c = number.and_then(char::from_u32);
            c.map(|c| V::flat(c.to_string()))
                .ok_or_else(|| failed("`chr` needs a valid character code"))
        }
        Func::Hex | Func::Oct | Func::Bin => {
            let Some(number) = args.optional_int("number")? else {
                return Err(type_mismatch(format!(
                    "`{}` takes a whole number",
                    args.name
                )));
            };
            let sign = if number < 0 { "-" } else { "" };
            let size = number.unsigned_abs();
            Ok(V::flat(match func {
                Func::Hex => format!("{sign}0x{size:x}"),
                Func::Oct => format!("{sign}0o{size:o}"),
                _ => format!("{sign}0b{size:b}"),
            }))
        }
        Func::JsonDumps => {
            let value = args.required("value")?.into_value(ev.budget)?;
            for ignored in ["ensure_ascii", "sort_keys", "default", "separators"] {
                args.named(ignored);
            }
            let text = match args.optional_int("indent")? {
                Some(indent) => {
                    let indent = usize::try_from(indent).unwrap_or(0);
                    format::pretty_json(&value, indent, ev.budget)?
                }
                None => format::json(&value, ev.budget)?,
            };
            Ok(V::flat(text))
        }
        _ => {
            let text = args.text("text")?;
            // Small values use the most memory relative to the length of their text.
            ev.budget.scan(text.len().saturating_mul(4))?;
            ev.budget.take(text.len().saturating_mul(40))?;
            let value = Value::parse_json(&text).map_err(|e: JsonError| {
                failed(format!(
                    "the text is not JSON: {} (line {}, column {})",
                    e.message, e.line, e.column
                ))
            })?;
            Ok(V::outside(value))
        }
    }
}

fn collect(ev: &mut Eval<'_>, value: V, func: Func) -> Result<V, ExprError> {
    let mut items = Items::of(value, &format!("`{}`", func.name()))?;
    let depth = items.depth();
    if let Items::Range { left, .. } = items {
        ev.budget
            .list(usize::try_from(left).unwrap_or(usize::MAX))?;
    }
    let mut out = Vec::new();
    while let Some(item) = items.next(ev.budget)? {
        ev.budget.take(48)?;
        out.push(item.into_value(ev.budget)?);
    }
    V::list(out, depth)
}

fn int(args: &mut CallArgs) -> Result<V, ExprError> {
    let Some(value) = args.optional("value") else {
        return Ok(V::flat(0_i64));
    };
    let base = args.optional_int("base")?.unwrap_or(10);
    let text =
        match &value {
            V::Val(Value::Int(_), _) => return Ok(value),
            V::Val(Value::Bool(b), _) => return Ok(V::flat(i64::from(*b))),
            V::Val(Value::Float(f), _) => return whole(f.trunc()),
            V::Val(Value::Str(text), _) => text.clone(),
            other => {
                return Err(
                    type_mismatch(format!("`int` does not take {}", other.type_phrase()))
                        .given(&[other])
                        .suggest(matches!(other, V::Val(Value::Null, _)).then(|| {
                            "for a value that may be absent write `int(x or 0)`".to_owned()
                        })),
                );
            }
        };
    let digits: String = text
        .trim()
        .chars()
        .take(MAX_DIGITS)
        .filter(|c| *c != '_')
        .collect();
    let base = u32::try_from(base).ok().filter(|b| (2..=36).contains(b));
    let Some(base) = base else {
        return Err(failed("the base of `int` is from 2 to 36"));
    };
    let digits = match base {
        16 => digits.replacen("0x", "", 1),
        8 => digits.replacen("0o", "", 1),
        2 => digits.replacen("0b", "", 1),
        _ => digits,
    };
    i64::from_str_radix(&digits, base)
        .map(V::flat)
        .map_err(|error| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let shown: String = text.chars().take(40).collect();
            match error.kind() {
                PosOverflow | NegOverflow => out_of_range(&format!("the number {shown}")),
                _ => failed(format!("the text `{shown}` is not a whole number")),
            }
        })
}

/// A double as an integer, with its fraction dropped. Fails outside the range of `i64`.
pub fn whole(f: f64) -> Result<V, ExprError> {
    // 2^63 is the first double beyond `i64`.
    if f.is_nan() || !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) {
        return Err(out_of_range(&format!("the number {f:e}")));
    }
    Ok(V::flat(f as i64))
}

fn float(value: &V) -> Result<V, ExprError> {
    match value {
        V::Val(Value::Float(f), _) => Ok(V::float(*f)),
        V::Val(Value::Int(i), _) => Ok(V::float(*i as f64)),
        V::Val(Value::Bool(b), _) => Ok(V::float(f64::from(u8::from(*b)))),
        V::Val(Value::Str(text), _) => {
            let shown: String = text.chars().take(40).collect();
            let trimmed = text.trim();
            if trimmed.len() > MAX_DIGITS {
                return Err(failed(format!("the text `{shown}` is not a number")));
            }
            trimmed
                .replace('_', "")
                .parse()
                .map(V::float)
                .map_err(|_| failed(format!("the text `{shown}` is not a number")))
        }
        other => Err(
            type_mismatch(format!("`float` does not take {}", other.type_phrase())).given(&[other]),
        ),
    }
}

fn dict(ev: &mut Eval<'_>, args: &mut CallArgs) -> Result<V, ExprError> {
    let mut map = Map::default();
    let mut depth = 0;
    match args.optional("items") {
        None | Some(V::Val(Value::Null, _)) => {}
        Some(V::Val(Value::Map(given), nested)) => {
            ev.budget.map(given.len())?;
            map = (*given).clone();
            depth = nested.saturating_sub(1);
        }
        Some(value) => {
            let mut items = Items::of(value, "`dict`")?;
            while let Some(pair) = items.next(ev.budget)? {
                let V::Val(Value::List(pair), nested) = pair else {
                    return Err(type_mismatch("`dict` takes pairs of a key and a value"));
                };
                let [key, value] = &**pair else {
                    return Err(type_mismatch("`dict` takes pairs of a key and a value"));
                };
                ev.budget.map(1)?;
                depth = depth.max(nested.saturating_sub(1));
                map.insert(index::paid_key(key, ev.budget)?, value.clone());
            }
        }
    }
    for (name, value) in args.rest_named() {
        ev.budget.map(1)?;
        depth = depth.max(value.depth());
        map.insert(name, value.into_value(ev.budget)?);
    }
    V::map(map, depth)
}
