//! Functions on lists and other values that can be iterated.

use std::cmp::Ordering;

use rustpython_parser::ast::Operator;

use super::Func;
use crate::{
    Value,
    expr::{
        ExprError, compare,
        error::{failed, type_mismatch},
        eval::{CallArgs, Eval, Items},
        index::char_count,
        ops,
        val::{V, range_len},
    },
};

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(ev: &mut Eval<'_>, func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    match func {
        Func::Len => len(ev, &args.required("value")?),
        Func::Range => range(args),
        Func::Sum => sum(ev, args),
        Func::Min | Func::Max => extreme(ev, func, args),
        Func::Sorted => sorted(ev, args),
        Func::Any | Func::All => {
            let mut items = args.items("items")?;
            let wanted = func == Func::Any;
            while let Some(item) = items.next(ev.budget)? {
                if item.truthy() == wanted {
                    return Ok(V::flat(wanted));
                }
            }
            Ok(V::flat(!wanted))
        }
        Func::Next => {
            let mut items = args.items("items")?;
            let default = args.optional("default");
            match (items.next(ev.budget)?, default) {
                (Some(item), _) | (None, Some(item)) => Ok(item),
                (None, None) => Err(failed("`next` found no item")),
            }
        }
        Func::Map => {
            let function = args.required("function")?;
            let columns = args.rest();
            rows(ev, columns, "`map`", |ev, row, _| ev.apply(&function, row))
        }
        Func::Zip => {
            // `strict` is accepted but has no effect: rows always end with the shortest list.
            args.named("strict");
            let columns = args.rest();
            rows(ev, columns, "`zip`", |ev, row, _| pack(ev, row))
        }
        Func::Enumerate => {
            let items = args.required("items")?;
            let start = args.optional_int("start")?.unwrap_or(0);
            rows(ev, vec![items], "`enumerate`", |ev, mut row, at| {
                row.insert(0, V::flat(start.saturating_add(at)));
                pack(ev, row)
            })
        }
        Func::Filter => {
            let function = args.required("function")?;
            let by_truth = matches!(function, V::Val(Value::Null, _));
            let mut items = args.items("items")?;
            let depth = items.depth();
            let mut out = Vec::new();
            while let Some(item) = items.next(ev.budget)? {
                let kept = if by_truth {
                    item.truthy()
                } else {
                    ev.apply(&function, vec![item.clone()])?.truthy()
                };
                if kept {
                    ev.budget.take(48)?;
                    out.push(item.into_value(ev.budget)?);
                }
            }
            V::list(out, depth)
        }
        // `reversed` and `iter` return the items as a list.
        _ => {
            let mut items = args.items("items")?;
            let depth = items.depth();
            let mut out = collect(ev, &mut items)?;
            if func == Func::Reversed {
                out.reverse();
            }
            V::list(out, depth)
        }
    }
}

fn len(ev: &mut Eval<'_>, value: &V) -> Result<V, ExprError> {
    Ok(V::flat(match value {
        V::Val(Value::Str(text), _) => {
            ev.budget.scan(text.len())?;
            char_count(text)
        }
        V::Val(Value::List(items), _) => items.len(),
        V::Val(Value::Map(map), _) => map.len(),
        V::Set(set, _) => set.len(),
        V::Range(start, stop, step) => {
            usize::try_from(range_len(*start, *stop, *step)).unwrap_or(usize::MAX)
        }
        other => {
            let absent = matches!(other, V::Val(Value::Null, _));
            return Err(
                type_mismatch(format!("`len` does not take {}", other.type_phrase()))
                    .given(&[other])
                    .suggest(
                        absent.then(|| {
                            "for a value that may be absent write `len(x or [])`".to_owned()
                        }),
                    ),
            );
        }
    }))
}

fn range(args: &mut CallArgs) -> Result<V, ExprError> {
    let whole = || type_mismatch("`range` takes one to three whole numbers");
    let first = args.optional_int("start")?.ok_or_else(whole)?;
    let second = args.optional_int("stop")?;
    let step = args.optional_int("step")?.unwrap_or(1);
    if step == 0 {
        return Err(failed("the step of `range` cannot be zero"));
    }
    Ok(match second {
        None => V::Range(0, first, 1),
        Some(stop) => V::Range(first, stop, step),
    })
}

fn sum(ev: &mut Eval<'_>, args: &mut CallArgs) -> Result<V, ExprError> {
    let mut items = args.items("items")?;
    let mut total = args.optional("start").unwrap_or_else(|| V::flat(0_i64));
    if matches!(total, V::Val(Value::Str(_), _)) {
        return Err(type_mismatch("`sum` cannot add texts")
            .suggest(Some("write `''.join(items)`".to_owned())));
    }
    while let Some(item) = items.next(ev.budget)? {
        total = ops::binary(Operator::Add, total, item, ev.budget)?;
    }
    Ok(total)
}

/// The items of a single list argument, or the arguments themselves.
fn extreme(ev: &mut Eval<'_>, func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    let key = args
        .named("key")
        .filter(|key| !matches!(key, V::Val(Value::Null, _)));
    let default = args.named("default");
    let mut given = args.rest();
    let mut items = match given.len() {
        1 => Items::of(given.remove(0), &format!("`{}`", func.name()))?,
        _ => {
            let values: Result<Vec<Value>, _> =
                given.into_iter().map(|v| v.into_value(ev.budget)).collect();
            Items::of(V::list(values?, super::super::val::OUTSIDE)?, "`min`")?
        }
    };
    let wanted = if func == Func::Min {
        Ordering::Less
    } else {
        Ordering::Greater
    };
    let mut best: Option<(V, Value)> = None;
    while let Some(item) = items.next(ev.budget)? {
        let rank = match &key {
            Some(key) => ev.apply(key, vec![item.clone()])?.into_value(ev.budget)?,
            None => item.clone().into_value(ev.budget)?,
        };
        let better = match &best {
            Some((_, so_far)) => compare::order(&rank, so_far, ev.budget)? == Some(wanted),
            None => true,
        };
        if better {
            best = Some((item, rank));
        }
    }
    best.map(|(item, _)| item).or(default).ok_or_else(|| {
        failed(format!("`{}` needs at least one item", func.name()))
            .suggest(Some(format!("write `{}(items, default=0)`", func.name())))
    })
}

fn sorted(ev: &mut Eval<'_>, args: &mut CallArgs) -> Result<V, ExprError> {
    let mut items = args.items("items")?;
    let key = args
        .named("key")
        .filter(|key| !matches!(key, V::Val(Value::Null, _)));
    let reverse = args
        .named("reverse")
        .is_some_and(|reverse| reverse.truthy());
    let depth = items.depth();
    let mut ranked = Vec::new();
    while let Some(item) = items.next(ev.budget)? {
        // The item, its rank, and space to merge both.
        ev.budget.take(160)?;
        let rank = match &key {
            Some(key) => ev.apply(key, vec![item.clone()])?.into_value(ev.budget)?,
            None => item.clone().into_value(ev.budget)?,
        };
        ranked.push((rank, item.into_value(ev.budget)?));
    }
    let budget = &mut *ev.budget;
    let ranked = compare::sort(ranked, &mut |(a, _), (b, _)| {
        let order = compare::order(a, b, budget)?;
        Ok(order
            == Some(if reverse {
                Ordering::Greater
            } else {
                Ordering::Less
            }))
    })?;
    V::list(ranked.into_iter().map(|(_, item)| item).collect(), depth)
}

fn collect(ev: &mut Eval<'_>, items: &mut Items) -> Result<Vec<Value>, ExprError> {
    if let Items::Range { left, .. } = items {
        ev.budget
            .list(usize::try_from(*left).unwrap_or(usize::MAX))?;
    }
    let mut out = Vec::new();
    while let Some(item) = items.next(ev.budget)? {
        ev.budget.take(48)?;
        out.push(item.into_value(ev.budget)?);
    }
    Ok(out)
}

fn pack(ev: &mut Eval<'_>, row: Vec<V>) -> Result<V, ExprError> {
    ev.budget.list(row.len())?;
    let depth = row.iter().map(V::depth).max().unwrap_or(0);
    let values: Result<Vec<Value>, _> = row.into_iter().map(|v| v.into_value(ev.budget)).collect();
    V::list(values?, depth)
}

/// Walks several lists in parallel up to the end of the shortest, and collects the results of
/// `each`.
fn rows(
    ev: &mut Eval<'_>,
    columns: Vec<V>,
    what: &str,
    mut each: impl FnMut(&mut Eval<'_>, Vec<V>, i64) -> Result<V, ExprError>,
) -> Result<V, ExprError> {
    let mut columns = columns
        .into_iter()
        .map(|c| Items::of(c, what))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = Vec::new();
    let mut depth = 0;
    'rows: for at in 0.. {
        if columns.is_empty() {
            break;
        }
        let mut row = Vec::with_capacity(columns.len() + 1);
        for column in &mut columns {
            match column.next(ev.budget)? {
                Some(item) => row.push(item),
                None => break 'rows,
            }
        }
        let value = each(ev, row, at)?;
        depth = depth.max(value.depth());
        ev.budget.take(48)?;
        out.push(value.into_value(ev.budget)?);
    }
    V::list(out, depth)
}
