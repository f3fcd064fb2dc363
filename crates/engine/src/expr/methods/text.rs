//! Methods of texts.

use std::{fmt::Write, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Method, no_method, pad};
use crate::{
    Value,
    expr::{
        ExprError,
        error::{failed, type_mismatch},
        eval::{CallArgs, Eval},
        format,
        index::char_count,
        val::V,
    },
};

/// The number of characters or matches between two checks of the clock.
const LOOK: usize = 16 * 1024;

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(
    ev: &mut Eval<'_>,
    text: &Arc<str>,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    ev.budget.scan(text.len())?;
    match method {
        Method::Upper
        | Method::Lower
        | Method::CaseFold
        | Method::Title
        | Method::Capitalize
        | Method::SwapCase => {
            ev.budget.text(text.len().saturating_mul(3))?;
            Ok(V::flat(change_case(text, method)))
        }
        Method::Strip | Method::LStrip | Method::RStrip => strip(ev, text, method, args),
        Method::RemovePrefix | Method::RemoveSuffix => {
            let part = args.text("part")?;
            let rest = if method == Method::RemovePrefix {
                text.strip_prefix(&*part)
            } else {
                text.strip_suffix(&*part)
            };
            made(ev, rest.unwrap_or(text))
        }
        Method::StartsWith | Method::EndsWith => {
            let hit = |part: &str| match method {
                Method::StartsWith => text.starts_with(part),
                _ => text.ends_with(part),
            };
            match args.required("part")? {
                V::Val(Value::Str(part), _) => Ok(V::flat(hit(&part))),
                V::Val(Value::List(parts), _) => {
                    for part in parts.iter().filter_map(Value::as_str) {
                        ev.budget.scan(part.len().min(text.len()))?;
                        if hit(part) {
                            return Ok(V::flat(true));
                        }
                    }
                    Ok(V::flat(false))
                }
                other => Err(type_mismatch(format!(
                    "`{}` takes text, not {}",
                    method.name(),
                    other.type_phrase()
                ))
                .given(&[&other])),
            }
        }
        Method::Split | Method::RSplit => split(ev, text, method, args),
        Method::SplitLines => pieces(ev, text.lines()),
        Method::Partition | Method::RPartition => {
            let separator = separator(args)?;
            let (a, b, c) = if method == Method::Partition {
                match text.split_once(&*separator) {
                    Some((a, c)) => (a, &*separator, c),
                    None => (&**text, "", ""),
                }
            } else {
                match text.rsplit_once(&*separator) {
                    Some((a, c)) => (a, &*separator, c),
                    None => ("", "", &**text),
                }
            };
            pieces(ev, [a, b, c].into_iter())
        }
        Method::Join => join(ev, text, args),
        Method::Replace => replace(ev, text, args),
        Method::Format => Ok(V::flat(format::fill(text, args, ev.budget)?)),
        Method::Find | Method::RFind | Method::Index | Method::RIndex => {
            let part = args.text("part")?;
            let at = match method {
                Method::Find | Method::Index => text.find(&*part),
                _ => text.rfind(&*part),
            };
            match at {
                Some(at) => Ok(V::flat(char_count(&text[..at]))),
                None if matches!(method, Method::Find | Method::RFind) => Ok(V::flat(-1_i64)),
                None => Err(failed("the text does not contain that part")),
            }
        }
        Method::Count => {
            let part = args.text("part")?;
            let count = if part.is_empty() {
                char_count(text) + 1
            } else {
                matches(ev, text, &part, usize::MAX)?
            };
            Ok(V::flat(count))
        }
        Method::Center | Method::LJust | Method::RJust | Method::ZFill => {
            pad::call(ev, text, method, args)
        }
        Method::IsDigit | Method::IsNumeric | Method::IsDecimal => is(ev, text, char::is_numeric),
        Method::IsAlpha => is(ev, text, char::is_alphabetic),
        Method::IsAlnum => is(ev, text, char::is_alphanumeric),
        Method::IsSpace => is(ev, text, char::is_whitespace),
        Method::IsUpper => Ok(V::flat(
            !all_chars(ev, text, |c| !c.is_uppercase())?
                && all_chars(ev, text, |c| !c.is_lowercase())?,
        )),
        Method::IsLower => Ok(V::flat(
            !all_chars(ev, text, |c| !c.is_lowercase())?
                && all_chars(ev, text, |c| !c.is_uppercase())?,
        )),
        Method::Copy => Ok(V::Val(Value::Str(text.clone()), 0)),
        Method::IsoFormat => Ok(V::flat(time(text)?.to_rfc3339())),
        Method::Timestamp => Ok(V::float(time(text)?.timestamp_micros() as f64 / 1e6)),
        Method::StrFTime => {
            let style = args.text("format")?;
            ev.budget.text(style.len().saturating_mul(40))?;
            let mut out = String::new();
            write!(out, "{}", time(text)?.format(&style))
                .map_err(|_| failed("the format of `strftime` is not valid"))?;
            Ok(V::flat(out))
        }
        other => Err(no_method(&V::Val(Value::Str(text.clone()), 0), other)),
    }
}

/// Parses a time, for methods of texts that hold one, such as the result of `now()`.
fn time(text: &str) -> Result<DateTime<Utc>, ExprError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .map_err(|_| failed("the text is not a time like those that `now()` returns"))
}

fn is(ev: &mut Eval<'_>, text: &str, test: fn(char) -> bool) -> Result<V, ExprError> {
    Ok(V::flat(!text.is_empty() && all_chars(ev, text, test)?))
}

/// Whether all characters pass the test. Unicode tables are slow, so the clock is checked in
/// between.
fn all_chars(ev: &mut Eval<'_>, text: &str, test: fn(char) -> bool) -> Result<bool, ExprError> {
    for (i, c) in text.chars().enumerate() {
        if i % LOOK == LOOK - 1 {
            ev.budget.look()?;
        }
        if !test(c) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The number of non-overlapping occurrences of a part, counted up to `limit`.
fn matches(ev: &mut Eval<'_>, text: &str, part: &str, limit: usize) -> Result<usize, ExprError> {
    let mut count = 0;
    for _ in text.matches(part).take(limit) {
        count += 1;
        if count % LOOK == 0 {
            ev.budget.look()?;
        }
    }
    Ok(count)
}

fn made(ev: &mut Eval<'_>, text: &str) -> Result<V, ExprError> {
    ev.budget.text(text.len())?;
    Ok(V::flat(text))
}

fn change_case(text: &str, method: Method) -> String {
    match method {
        Method::Upper => text.to_uppercase(),
        Method::Lower | Method::CaseFold => text.to_lowercase(),
        Method::SwapCase => text
            .chars()
            .flat_map(|c| -> Box<dyn Iterator<Item = char>> {
                if c.is_uppercase() {
                    Box::new(c.to_lowercase())
                } else {
                    Box::new(c.to_uppercase())
                }
            })
            .collect(),
        _ => {
            let each_word = method == Method::Title;
            let mut out = String::with_capacity(text.len());
            let mut start = true;
            for c in text.chars() {
                if start {
                    out.extend(c.to_uppercase());
                } else {
                    out.extend(c.to_lowercase());
                }
                start = each_word && !c.is_alphabetic();
            }
            out
        }
    }
}

fn strip(
    ev: &mut Eval<'_>,
    text: &str,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    let set = args.optional_text("chars")?;
    if let Some(set) = &set {
        // Each character of the text may be compared with each character of the set.
        ev.budget
            .step((text.len() as u64 / 16).saturating_mul(1 + set.len() as u64))?;
    }
    let goes = |c: char| match &set {
        Some(set) => set.contains(c),
        None => c.is_whitespace(),
    };
    let rest = match method {
        Method::LStrip => text.trim_start_matches(goes),
        Method::RStrip => text.trim_end_matches(goes),
        _ => text.trim_matches(goes),
    };
    made(ev, rest)
}

fn separator(args: &mut CallArgs) -> Result<Arc<str>, ExprError> {
    let separator = args.text("sep")?;
    if separator.is_empty() {
        return Err(failed("the separator is empty"));
    }
    Ok(separator)
}

fn split(
    ev: &mut Eval<'_>,
    text: &str,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    let separator = args.optional_text("sep")?;
    let limit = args.optional_int("maxsplit")?.unwrap_or(-1);
    let limit = usize::try_from(limit).map_or(usize::MAX, |n| n.saturating_add(1));
    let Some(separator) = separator else {
        if limit == usize::MAX {
            return pieces(ev, text.split_whitespace());
        }
        return whitespace(ev, text, method, limit - 1);
    };
    if separator.is_empty() {
        return Err(failed("the separator is empty"));
    }
    if method == Method::Split {
        return pieces(ev, text.splitn(limit, &*separator));
    }
    let V::Val(Value::List(items), depth) = pieces(ev, text.rsplitn(limit, &*separator))? else {
        return V::list(Vec::new(), 0);
    };
    Ok(V::Val(items.iter().rev().cloned().collect(), depth))
}

/// Splits at runs of whitespace, at most `times` times.
fn whitespace(ev: &mut Eval<'_>, text: &str, method: Method, times: usize) -> Result<V, ExprError> {
    let mut out = Vec::new();
    let forward = method == Method::Split;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let blank = |c: char| c.is_whitespace();
        let cut = if forward {
            rest.find(blank)
        } else {
            rest.rfind(blank)
        };
        let Some(cut) = cut.filter(|_| out.len() < times) else {
            out.push(rest);
            break;
        };
        let (left, right) = rest.split_at(cut);
        if forward {
            out.push(left);
            rest = right.trim_start();
        } else {
            out.push(right.trim_start());
            rest = left.trim_end();
        }
        ev.budget.list(1)?;
    }
    if !forward {
        out.reverse();
    }
    pieces(ev, out.into_iter())
}

fn pieces<'t>(ev: &mut Eval<'_>, parts: impl Iterator<Item = &'t str>) -> Result<V, ExprError> {
    let mut out = Vec::new();
    for part in parts {
        ev.budget.text(part.len())?;
        ev.budget.take(48)?;
        out.push(Value::from(part));
    }
    V::list(out, 0)
}

fn join(ev: &mut Eval<'_>, separator: &str, args: &mut CallArgs) -> Result<V, ExprError> {
    let mut items = args.items("items")?;
    let mut out = String::new();
    let mut first = true;
    while let Some(item) = items.next(ev.budget)? {
        let V::Val(Value::Str(text), _) = &item else {
            let kind = item.type_phrase();
            return Err(type_mismatch(format!("`join` takes texts, not {kind}"))
                .given(&[&item])
                .suggest(Some("write `', '.join(str(x) for x in items)`".to_owned())));
        };
        ev.budget.text(text.len() + separator.len())?;
        if !first {
            out.push_str(separator);
        }
        first = false;
        out.push_str(text);
    }
    ev.budget.text(out.len())?;
    Ok(V::flat(out))
}

fn replace(ev: &mut Eval<'_>, text: &str, args: &mut CallArgs) -> Result<V, ExprError> {
    let old = args.text("old")?;
    let new = args.text("new")?;
    let limit = args.optional_int("count")?.unwrap_or(-1);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // Determines the size of the result before creating it.
    let hits = if old.is_empty() {
        char_count(text) + 1
    } else {
        matches(ev, text, &old, limit)?
    };
    ev.budget.step(hits as u64)?;
    let size = text
        .len()
        .saturating_add(hits.min(limit).saturating_mul(new.len()));
    ev.budget.text(size)?;
    Ok(V::flat(text.replacen(&*old, &new, limit)))
}
