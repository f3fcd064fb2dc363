//! Regular expressions, by the `regex` crate: matching takes time in proportion to the text,
//! whatever the pattern. What matches is given back as text, there are no match objects.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::Func;
use crate::{
    Value,
    expr::{
        ExprError,
        error::{failed, type_mismatch},
        eval::{CallArgs, Eval},
        val::V,
    },
};

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1_000;
/// The largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 256 * 1024;
/// How many compiled patterns one evaluation keeps.
const KEPT: usize = 4;

pub fn call(ev: &mut Eval<'_>, func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    let pattern = args.text("pattern")?;
    let replacement = match func {
        Func::ReSub => Some(args.text("repl")?),
        _ => None,
    };
    let text = args.text("string")?;
    let limit = match func {
        Func::ReSub => args.optional_int("count")?,
        Func::ReSplit => args.optional_int("maxsplit")?,
        _ => None,
    };
    let limit = limit
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| *n > 0);
    let regex = compiled(ev, &pattern, func)?;
    // Linear, but slower per byte than other work on text.
    ev.budget.step(1 + (text.len() / 8) as u64)?;
    match func {
        Func::ReSearch | Func::ReMatch | Func::ReFullMatch => {
            let found = regex.find(&text).map(|m| m.as_str());
            if let Some(found) = found {
                ev.budget.text(found.len())?;
            }
            Ok(V::flat(found.map(Value::from)))
        }
        Func::ReFindAll => {
            let mut out = Vec::new();
            for captures in regex.captures_iter(&text) {
                let group = if regex.captures_len() == 2 { 1 } else { 0 };
                let found = captures.get(group).map_or("", |m| m.as_str());
                ev.budget.text(found.len() + 32)?;
                ev.budget.step((text.len() / 512) as u64)?;
                out.push(Value::from(found));
            }
            V::list(out, 0)
        }
        Func::ReSplit => {
            let mut out = Vec::new();
            let parts: Box<dyn Iterator<Item = &str>> = match limit {
                Some(limit) => Box::new(regex.splitn(&text, limit + 1)),
                None => Box::new(regex.split(&text)),
            };
            for part in parts {
                ev.budget.text(part.len() + 32)?;
                out.push(Value::from(part));
            }
            V::list(out, 0)
        }
        _ => replace(ev, &regex, &text, &replacement.unwrap_or_default(), limit),
    }
}

fn replace(
    ev: &mut Eval<'_>,
    regex: &Regex,
    text: &str,
    replacement: &str,
    limit: Option<usize>,
) -> Result<V, ExprError> {
    let mut out = String::new();
    let mut copied = 0;
    for found in regex.find_iter(text).take(limit.unwrap_or(usize::MAX)) {
        let before = &text[copied..found.start()];
        ev.budget.text(before.len() + replacement.len())?;
        out.push_str(before);
        out.push_str(replacement);
        copied = found.end();
    }
    ev.budget.text(text.len() - copied)?;
    out.push_str(&text[copied..]);
    ev.budget.text(out.len())?;
    Ok(V::flat(out))
}

fn compiled(ev: &mut Eval<'_>, pattern: &Arc<str>, func: Func) -> Result<Regex, ExprError> {
    if pattern.len() > MAX_PATTERN {
        return Err(failed(format!("a pattern has at most {MAX_PATTERN} bytes")));
    }
    let anchored: Arc<str> = match func {
        Func::ReMatch => format!(r"\A(?:{pattern})").into(),
        Func::ReFullMatch => format!(r"\A(?:{pattern})\z").into(),
        _ => pattern.clone(),
    };
    if let Some((_, regex)) = ev.patterns.iter().find(|(known, _)| *known == anchored) {
        return Ok(regex.clone());
    }
    ev.budget.step(20_000)?;
    ev.budget.take(MAX_COMPILED * 2)?;
    let regex = RegexBuilder::new(&anchored)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(50)
        .build()
        .map_err(|error| {
            let why = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                other => other
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            };
            type_mismatch(format!("the pattern cannot be used: {why}"))
        })?;
    if ev.patterns.len() == KEPT {
        ev.patterns.remove(0);
    }
    ev.patterns.push((anchored, regex.clone()));
    Ok(regex)
}
