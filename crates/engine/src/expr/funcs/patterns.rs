//! Functions on regular expressions. Matching takes time linear in the text, whatever the pattern,
//! and is charged to the budget. Matches are returned as text; there are no match objects.

use std::{ops::Range, sync::Arc};

use super::{Func, pattern::Pattern};
use crate::{
    Value,
    expr::{
        ExprError,
        eval::{CallArgs, Eval},
        val::V,
    },
};

/// The number of compiled patterns that one evaluation keeps.
const KEPT: usize = 4;

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
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
    let mut pattern = compiled(ev, &pattern, func)?;
    let result = apply(ev, func, &mut pattern.1, &text, replacement, limit);
    if ev.patterns.len() == KEPT {
        ev.patterns.remove(0);
    }
    ev.patterns.push(pattern);
    result
}

fn apply(
    ev: &mut Eval<'_>,
    func: Func,
    pattern: &mut Pattern,
    text: &str,
    replacement: Option<Arc<str>>,
    limit: Option<usize>,
) -> Result<V, ExprError> {
    let limit = limit.unwrap_or(usize::MAX);
    match func {
        Func::ReSearch | Func::ReMatch | Func::ReFullMatch => {
            let found = pattern.find(text, 0, ev.budget)?.map(|found| &text[found]);
            if let Some(found) = found {
                ev.budget.text(found.len())?;
            }
            Ok(V::flat(found.map(Value::from)))
        }
        Func::ReFindAll => {
            let mut out = Vec::new();
            let mut finds = Finds::new(text);
            while let Some(found) = finds.next(ev, pattern)? {
                let shown = match pattern.groups() {
                    2 => pattern.group(text, found, 1, ev.budget)?,
                    _ => Some(found),
                };
                let shown = shown.map_or("", |shown| &text[shown]);
                ev.budget.text(shown.len() + 32)?;
                out.push(Value::from(shown));
            }
            V::list(out, 0)
        }
        Func::ReSplit => {
            let mut out = Vec::new();
            let mut finds = Finds::new(text);
            let mut from = 0;
            while out.len() < limit
                && let Some(found) = finds.next(ev, pattern)?
            {
                ev.budget.text(found.start - from + 32)?;
                out.push(Value::from(&text[from..found.start]));
                from = found.end;
            }
            ev.budget.text(text.len() - from + 32)?;
            out.push(Value::from(&text[from..]));
            V::list(out, 0)
        }
        _ => {
            let replacement = replacement.unwrap_or_default();
            let mut out = String::new();
            let mut finds = Finds::new(text);
            let (mut from, mut count) = (0, 0);
            while count < limit
                && let Some(found) = finds.next(ev, pattern)?
            {
                let before = &text[from..found.start];
                ev.budget.text(before.len() + replacement.len())?;
                out.push_str(before);
                out.push_str(&replacement);
                from = found.end;
                count += 1;
            }
            ev.budget.text(text.len() - from)?;
            out.push_str(&text[from..]);
            ev.budget.text(out.len())?;
            Ok(V::flat(out))
        }
    }
}

/// Iterates over non-overlapping matches.
struct Finds<'t> {
    text: &'t str,
    from: usize,
    /// The end of the last match. An empty match at this position does not count.
    last: Option<usize>,
}

impl<'t> Finds<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            from: 0,
            last: None,
        }
    }

    fn next(
        &mut self,
        ev: &mut Eval<'_>,
        pattern: &mut Pattern,
    ) -> Result<Option<Range<usize>>, ExprError> {
        loop {
            let Some(found) = pattern.find(self.text, self.from, ev.budget)? else {
                return Ok(None);
            };
            if found.is_empty() && self.last == Some(found.end) {
                let step = self.text[found.end..]
                    .chars()
                    .next()
                    .map_or(1, char::len_utf8);
                self.from = found.end + step;
                continue;
            }
            self.from = found.end;
            self.last = Some(found.end);
            return Ok(Some(found));
        }
    }
}

/// The compiled pattern, from the cache if possible.
fn compiled(
    ev: &mut Eval<'_>,
    pattern: &Arc<str>,
    func: Func,
) -> Result<(Arc<str>, Pattern), ExprError> {
    let anchored: Arc<str> = match func {
        Func::ReMatch => format!(r"\A(?:{pattern})").into(),
        Func::ReFullMatch => format!(r"\A(?:{pattern})\z").into(),
        _ => pattern.clone(),
    };
    if let Some(at) = ev.patterns.iter().position(|(known, _)| *known == anchored) {
        return Ok(ev.patterns.remove(at));
    }
    let compiled = Pattern::compile(&anchored, ev.budget)?;
    Ok((anchored, compiled))
}
