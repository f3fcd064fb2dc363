//! Methods of objects, lists and sets.

use super::{Method, no_method};
use crate::{
    Value,
    expr::{
        ExprError, compare,
        error::failed,
        eval::{CallArgs, Eval, Items},
        index,
        val::{Key, SetBuilder, V},
    },
};

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(
    ev: &mut Eval<'_>,
    base: &V,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    match (method, base) {
        (Method::Get, V::Val(Value::Map(map), depth)) => {
            let key = index::key(&args.required("key")?, ev.budget)?;
            let default = args.optional("default");
            Ok(match map.get(&*key) {
                Some(value) => V::part(value.clone(), *depth),
                None => default.unwrap_or(V::NULL),
            })
        }
        (Method::Keys, V::Val(Value::Map(map), _)) => {
            ev.budget.list(map.len())?;
            V::list(map.keys().map(|key| Value::Str(key.clone())).collect(), 0)
        }
        (Method::Values, V::Val(Value::Map(map), depth)) => {
            ev.budget.list(map.len())?;
            V::list(map.values().cloned().collect(), depth.saturating_sub(1))
        }
        (Method::Items, V::Val(Value::Map(map), depth)) => {
            ev.budget.list(map.len().saturating_mul(6))?;
            let pair = |(key, value): (&std::sync::Arc<str>, &Value)| {
                Value::from(vec![Value::Str(key.clone()), value.clone()])
            };
            V::list(map.iter().map(pair).collect(), *depth)
        }
        (Method::Copy, other) => Ok(other.clone()),
        (Method::Index | Method::Count, V::Val(Value::List(_), _) | V::Range(..)) => {
            let wanted = args.required("value")?;
            let mut items = Items::of(base.clone(), method.name())?;
            let mut count = 0_usize;
            for at in 0_usize.. {
                let Some(item) = items.next(ev.budget)? else {
                    break;
                };
                if compare::equal(&item, &wanted, ev.budget)? {
                    if method == Method::Index {
                        return Ok(V::flat(at));
                    }
                    count += 1;
                }
            }
            if method == Method::Index {
                return Err(failed("the value is not in the list"));
            }
            Ok(V::flat(count))
        }
        (_, V::Set(..)) => set(ev, base, method, args),
        (_, other) => Err(no_method(other, method)),
    }
}

fn set(ev: &mut Eval<'_>, base: &V, method: Method, args: &mut CallArgs) -> Result<V, ExprError> {
    let V::Set(own, depth) = base else {
        return Err(no_method(base, method));
    };
    let mut other = SetBuilder::new();
    for given in args.rest() {
        let mut items = Items::of(given, method.name())?;
        let depth = items.depth();
        while let Some(item) = items.next(ev.budget)? {
            other.add(item.into_value(ev.budget)?, depth, ev.budget)?;
        }
    }
    ev.budget.step(own.weight() + other.set.weight())?;
    let inside = |key: &Key| other.set.contains(key);
    match method {
        Method::IsSubset => return Ok(V::flat(own.iter().all(inside))),
        Method::IsSuperset => return Ok(V::flat(other.set.iter().all(|key| own.contains(key)))),
        Method::IsDisjoint => return Ok(V::flat(!own.iter().any(inside))),
        _ => {}
    }
    let mut out = SetBuilder::new();
    let depth = depth.saturating_sub(1).max(other.depth);
    for key in own.iter() {
        let keep = match method {
            Method::Union => true,
            Method::Intersection => inside(key),
            Method::Difference | Method::SymmetricDifference => !inside(key),
            _ => return Err(no_method(base, method)),
        };
        if keep {
            out.add(key.0.clone(), depth, ev.budget)?;
        }
    }
    if matches!(method, Method::Union | Method::SymmetricDifference) {
        for key in other.set.iter().filter(|key| !own.contains(*key)) {
            out.add(key.0.clone(), depth, ev.budget)?;
        }
    }
    out.finish()
}
