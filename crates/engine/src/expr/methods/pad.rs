//! Methods that pad a text to a width.

use super::Method;
use crate::expr::{
    ExprError,
    error::failed,
    eval::{CallArgs, Eval},
    index::char_count,
    val::V,
};

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(
    ev: &mut Eval<'_>,
    text: &str,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    let width = args
        .optional_int("width")?
        .ok_or_else(|| failed("the argument `width` is missing"))?;
    let fill = match method {
        Method::ZFill => '0',
        _ => match args.optional_text("fillchar")? {
            None => ' ',
            Some(fill) => {
                let mut chars = fill.chars();
                match (chars.next(), chars.next()) {
                    (Some(fill), None) => fill,
                    _ => return Err(failed("the fill must be exactly one character")),
                }
            }
        },
    };
    ev.budget.scan(text.len())?;
    let width = usize::try_from(width.max(0)).unwrap_or(usize::MAX);
    let missing = width.saturating_sub(char_count(text));
    ev.budget.text(
        missing
            .saturating_mul(fill.len_utf8())
            .saturating_add(text.len()),
    )?;
    let run = |n: usize| std::iter::repeat_n(fill, n).collect::<String>();
    Ok(V::flat(match method {
        Method::LJust => format!("{text}{}", run(missing)),
        Method::Center => {
            // If the padding is odd, Python puts the extra character on the left when the width is
            // odd.
            let left = missing / 2 + (missing & width & 1);
            format!("{}{text}{}", run(left), run(missing - left))
        }
        Method::ZFill => match text.strip_prefix(['-', '+']) {
            Some(digits) => format!("{}{}{digits}", &text[..1], run(missing)),
            None => format!("{}{text}", run(missing)),
        },
        _ => format!("{}{text}", run(missing)),
    }))
}
