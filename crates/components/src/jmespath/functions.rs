//! The functions of JMESPath.

use std::cmp::Ordering;

use ::jmespath::ast::Ast;
use engine::{Map, Value, expr};
use types::ErrorCode;

use super::{Wrong, eval::Search, failed};

/// An evaluated argument.
enum Arg<'a> {
    Value(Value),
    /// An expression to evaluate for each item: `&expression`.
    Each(&'a Ast),
}

pub fn call(
    search: &mut Search<'_>,
    data: &Value,
    name: &str,
    args: &[Ast],
) -> Result<Value, Wrong> {
    let mut given = Vec::with_capacity(args.len());
    for arg in args {
        given.push(match arg {
            Ast::Expref { ast, .. } => Arg::Each(ast),
            other => Arg::Value(search.node(data, other)?),
        });
    }
    let mut args = Args { name, given };
    match (name, args.given.len()) {
        ("not_null", 1..) => {
            for arg in args.given {
                if let Arg::Value(value) = arg
                    && value != Value::Null
                {
                    return Ok(value);
                }
            }
            Ok(Value::Null)
        }
        ("merge", 1..) => {
            let mut out = Map::default();
            while !args.given.is_empty() {
                let map = args.map()?;
                search.budget.map(map.len())?;
                for (key, value) in map.iter() {
                    search.budget.scan(key.len())?;
                    out.insert(key.clone(), value.clone());
                }
            }
            Ok(out.into())
        }
        (_, 1) => one(search, args),
        (_, 2) => two(search, args),
        _ => Err(args.unknown()),
    }
}

/// The functions that take one argument.
const ONE: &[&str] = &[
    "abs",
    "avg",
    "ceil",
    "floor",
    "keys",
    "length",
    "max",
    "min",
    "reverse",
    "sort",
    "sum",
    "to_array",
    "to_number",
    "to_string",
    "type",
    "values",
];
/// The functions that take two arguments.
const TWO: &[&str] = &[
    "contains",
    "ends_with",
    "join",
    "map",
    "max_by",
    "min_by",
    "sort_by",
    "starts_with",
];
/// The functions that take one or more arguments.
const MANY: &[&str] = &["merge", "not_null"];

/// The first invalid call in the expression: an unknown function or a wrong number of arguments, as
/// a message and the offset.
pub fn unknown(tree: &Ast) -> Option<(String, usize)> {
    match tree {
        Ast::Identity { .. } | Ast::Field { .. } | Ast::Index { .. } | Ast::Literal { .. } => None,
        Ast::Slice { .. } => None,
        Ast::Expref { ast, .. } => unknown(ast),
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            unknown(node)
        }
        Ast::Condition {
            predicate, then, ..
        } => unknown(predicate).or_else(|| unknown(then)),
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => unknown(lhs).or_else(|| unknown(rhs)),
        Ast::MultiList { elements, .. } => elements.iter().find_map(unknown),
        Ast::MultiHash { elements, .. } => elements.iter().find_map(|pair| unknown(&pair.value)),
        Ast::Function { name, args, offset } => {
            let takes = match name.as_str() {
                one if ONE.contains(&one) => 1..=1,
                two if TWO.contains(&two) => 2..=2,
                many if MANY.contains(&many) => 1..=usize::MAX,
                _ => {
                    let shown: String = name.chars().take(80).collect();
                    return Some((format!("there is no function `{shown}`"), *offset));
                }
            };
            if !takes.contains(&args.len()) {
                let wants = match (takes.start(), *takes.end() > 2) {
                    (_, true) => "at least one argument".to_owned(),
                    (1, _) => "one argument".to_owned(),
                    (wants, _) => format!("{wants} arguments"),
                };
                let message = format!("`{name}` takes {wants}, not {}", args.len());
                return Some((message, *offset));
            }
            args.iter().find_map(unknown)
        }
    }
}

fn one(search: &mut Search<'_>, mut args: Args<'_, '_>) -> Result<Value, Wrong> {
    let name = args.name;
    let value = args.value()?;
    Ok(match (name, &value) {
        ("abs", Value::Int(i)) => Value::Int(i.checked_abs().ok_or_else(too_large)?),
        ("abs", Value::Float(f)) => Value::Float(f.abs()),
        ("ceil" | "floor", Value::Int(_)) => value,
        ("ceil", Value::Float(f)) => whole(f.ceil()),
        ("floor", Value::Float(f)) => whole(f.floor()),
        ("avg", Value::List(items)) if items.is_empty() => Value::Null,
        ("avg", Value::List(items)) => {
            let total = sum(search, items, name)?;
            Value::Float(total.as_f64().unwrap_or_default() / items.len() as f64)
        }
        ("sum", Value::List(items)) => sum(search, items, name)?,
        ("keys", Value::Map(map)) => {
            search.budget.list(map.len())?;
            map.keys().cloned().map(Value::Str).collect()
        }
        ("values", Value::Map(map)) => {
            search.budget.list(map.len())?;
            map.values().cloned().collect()
        }
        ("length", Value::Str(text)) => {
            search.budget.scan(text.len())?;
            Value::from(text.chars().count())
        }
        ("length", Value::List(items)) => Value::from(items.len()),
        ("length", Value::Map(map)) => Value::from(map.len()),
        ("max" | "min" | "sort", Value::List(items)) => {
            let ranked = items
                .iter()
                .map(|item| (item.clone(), item.clone()))
                .collect();
            chosen(search, name, ranked)?
        }
        ("reverse", Value::List(items)) => {
            search.budget.list(items.len())?;
            items.iter().rev().cloned().collect()
        }
        ("reverse", Value::Str(text)) => {
            search.budget.text(text.len())?;
            Value::from(text.chars().rev().collect::<String>())
        }
        ("to_array", Value::List(_)) => value,
        ("to_array", _) => vec![value].into(),
        ("to_number", Value::Int(_) | Value::Float(_)) => value,
        ("to_number", Value::Str(text)) => match text.len() <= 400 {
            true => Value::parse_json(text)
                .ok()
                .filter(|v| matches!(v, Value::Int(_) | Value::Float(_)))
                .unwrap_or_default(),
            false => Value::Null,
        },
        ("to_number", _) => Value::Null,
        ("to_string", Value::Str(_)) => value,
        ("to_string", other) => Value::from(expr::json_text(other, search.budget)?),
        ("type", other) => Value::from(match other {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::Float(_) => "number",
            Value::Str(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        }),
        (
            "abs" | "ceil" | "floor" | "avg" | "sum" | "keys" | "values" | "length" | "max" | "min"
            | "sort" | "reverse",
            other,
        ) => return Err(not_taken(name, other)),
        _ => return Err(args.unknown()),
    })
}

fn two(search: &mut Search<'_>, mut args: Args<'_, '_>) -> Result<Value, Wrong> {
    let name = args.name;
    match name {
        "map" => {
            let each = args.each()?;
            let items = args.list()?;
            let mut out = Vec::new();
            for item in items.iter() {
                search.budget.list(1)?;
                out.push(search.node(item, each)?);
            }
            Ok(out.into())
        }
        "sort_by" | "max_by" | "min_by" => {
            let items = args.list()?;
            let each = args.each()?;
            let mut ranked = Vec::new();
            for item in items.iter() {
                search.budget.list(2)?;
                ranked.push((search.node(item, each)?, item.clone()));
            }
            chosen(search, name, ranked)
        }
        "contains" => {
            let subject = args.value()?;
            let wanted = args.value()?;
            match (&subject, &wanted) {
                (Value::Str(text), Value::Str(part)) => {
                    search.budget.scan(text.len())?;
                    Ok(text.contains(&**part).into())
                }
                (Value::Str(_), _) => Ok(false.into()),
                (Value::List(items), wanted) => {
                    for item in items.iter() {
                        if search.equal(item, wanted)? {
                            return Ok(true.into());
                        }
                    }
                    Ok(false.into())
                }
                (other, _) => Err(not_taken(name, other)),
            }
        }
        "starts_with" | "ends_with" => {
            let (text, part) = (args.text()?, args.text()?);
            search.budget.scan(part.len())?;
            Ok(Value::Bool(match name {
                "starts_with" => text.starts_with(&*part),
                _ => text.ends_with(&*part),
            }))
        }
        "join" => {
            let glue = args.text()?;
            let mut out = String::new();
            for (i, item) in args.list()?.iter().enumerate() {
                let Value::Str(text) = item else {
                    return Err(not_taken(name, item));
                };
                search.budget.text(text.len() + glue.len())?;
                if i > 0 {
                    out.push_str(&glue);
                }
                out.push_str(text);
            }
            search.budget.text(out.len())?;
            Ok(out.into())
        }
        _ => Err(args.unknown()),
    }
}

fn sum(search: &mut Search<'_>, items: &[Value], name: &str) -> Result<Value, Wrong> {
    let (mut whole, mut total) = (Some(0_i64), 0.0);
    for item in items {
        search.budget.step(1)?;
        total += item.as_f64().ok_or_else(|| not_taken(name, item))?;
        whole = whole.zip(item.as_int()).and_then(|(a, b)| a.checked_add(b));
    }
    match whole {
        Some(whole) => Ok(Value::Int(whole)),
        None if total.is_finite() => Ok(Value::Float(total)),
        None => Err(too_large()),
    }
}

/// Sorts the items by rank, or takes the smallest or largest. The ranks must be all numbers or all
/// texts.
fn chosen(
    search: &mut Search<'_>,
    name: &str,
    mut ranked: Vec<(Value, Value)>,
) -> Result<Value, Wrong> {
    search.budget.list(ranked.len() * 2)?;
    let numbers = ranked.iter().all(|(rank, _)| rank.as_f64().is_some());
    let texts = ranked.iter().all(|(rank, _)| rank.as_str().is_some());
    if let Some((rank, _)) = ranked.first()
        && !numbers
        && !texts
    {
        let kinds = "only numbers, or only text";
        return Err(failed(format!(
            "`{name}` takes {kinds}; the first is {}",
            rank.type_phrase()
        )));
    }
    // A sort compares each item with about log n others; texts may be long.
    let steps = u64::from(usize::BITS - ranked.len().leading_zeros());
    for (rank, _) in &ranked {
        let length = rank.as_str().map_or(0, str::len) as u64;
        search.budget.step(steps * (1 + length / 64))?;
    }
    let order = |a: &(Value, Value), b: &(Value, Value)| match (a.0.as_str(), b.0.as_str()) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => match (&a.0, &b.0) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (a, b) => {
                let pair = a.as_f64().zip(b.as_f64());
                pair.and_then(|(a, b)| a.partial_cmp(&b))
                    .unwrap_or(Ordering::Equal)
            }
        },
    };
    let picked = match name {
        "sort" | "sort_by" => {
            ranked.sort_by(order);
            return Ok(ranked.into_iter().map(|(_, item)| item).collect());
        }
        "min" | "min_by" => ranked.into_iter().min_by(order),
        // The first one of several largest.
        _ => ranked.into_iter().rev().max_by(order),
    };
    Ok(picked.map(|(_, item)| item).unwrap_or_default())
}

fn whole(f: f64) -> Value {
    // 2^63 is the first double beyond i64.
    match (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) {
        true => Value::Int(f as i64),
        false => Value::Float(f),
    }
}

fn too_large() -> Wrong {
    Wrong::from((
        ErrorCode::ValueOutOfRange,
        "a number in the result is out of range".to_owned(),
    ))
}

fn not_taken(name: &str, value: &Value) -> Wrong {
    failed(format!("`{name}` does not take {}", value.type_phrase()))
}

struct Args<'a, 'n> {
    name: &'n str,
    given: Vec<Arg<'a>>,
}

impl<'a> Args<'a, '_> {
    fn unknown(&self) -> Wrong {
        failed(format!(
            "there is no function `{}` with {} arguments",
            self.name.chars().take(80).collect::<String>(),
            self.given.len()
        ))
    }

    fn value(&mut self) -> Result<Value, Wrong> {
        if !self.given.is_empty()
            && let Arg::Value(value) = self.given.remove(0)
        {
            return Ok(value);
        }
        Err(failed(format!(
            "`{}` does not take `&` for this argument",
            self.name
        )))
    }

    fn each(&mut self) -> Result<&'a Ast, Wrong> {
        if !self.given.is_empty()
            && let Arg::Each(ast) = self.given.remove(0)
        {
            return Ok(ast);
        }
        Err(failed(format!(
            "`{}` needs `&expression` for this argument",
            self.name
        )))
    }

    fn list(&mut self) -> Result<std::sync::Arc<Vec<Value>>, Wrong> {
        match self.value()? {
            Value::List(items) => Ok(items),
            other => Err(not_taken(self.name, &other)),
        }
    }

    fn map(&mut self) -> Result<std::sync::Arc<Map>, Wrong> {
        match self.value()? {
            Value::Map(map) => Ok(map),
            other => Err(not_taken(self.name, &other)),
        }
    }

    fn text(&mut self) -> Result<std::sync::Arc<str>, Wrong> {
        match self.value()? {
            Value::Str(text) => Ok(text),
            other => Err(not_taken(self.name, &other)),
        }
    }
}
