//! `urlencode`: text for the parts of a URL.
//!
//! A text becomes what may stand as one part of a path or as one value of a query: every byte of
//! its UTF-8 but letters, digits and `-._~` is written as `%XX`, `/` and blanks too. An object
//! becomes a whole query, `a=1&b=2`; a list in it gives its name once per item, null gives
//! nothing. It is not for whole URLs: their `/` and `?` would be encoded as well.

use crate::{
    Value,
    expr::{
        Budget, ExprError,
        error::type_mismatch,
        eval::{CallArgs, Eval},
        val::V,
    },
};

// Stays apart: its locals would lie on the stack of every call that evaluates arguments.
#[inline(never)]
pub fn call(ev: &mut Eval<'_>, args: &mut CallArgs) -> Result<V, ExprError> {
    let value = args.required("value")?;
    let mut out = String::new();
    match &value {
        V::Val(Value::Map(map), _) => {
            for (name, value) in map.iter() {
                match value {
                    Value::Null => {}
                    Value::List(items) => {
                        for item in items.iter().filter(|item| **item != Value::Null) {
                            pair(&mut out, name, item, ev.budget)?;
                        }
                    }
                    one => pair(&mut out, name, one, ev.budget)?,
                }
            }
        }
        V::Val(one, _) => append(&mut out, one, "", ev.budget)?,
        other => return Err(unfit(other.type_phrase(), "")),
    }
    Ok(V::flat(out))
}

fn pair(out: &mut String, name: &str, value: &Value, budget: &mut Budget) -> Result<(), ExprError> {
    if !out.is_empty() {
        out.push('&');
    }
    escape(out, name, budget)?;
    out.push('=');
    append(out, value, name, budget)
}

fn append(
    out: &mut String,
    value: &Value,
    field: &str,
    budget: &mut Budget,
) -> Result<(), ExprError> {
    match value {
        Value::Str(text) => escape(out, text, budget),
        Value::Null | Value::List(_) | Value::Map(_) => Err(unfit(value.type_phrase(), field)),
        // As `query_params` writes them: `true`, not `True`.
        other => escape(out, &other.to_text(), budget),
    }
}

fn escape(out: &mut String, text: &str, budget: &mut Budget) -> Result<(), ExprError> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    budget.text(text.len().saturating_mul(3))?;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Ok(())
}

fn unfit(kind: &str, field: &str) -> ExprError {
    let place = match field {
        "" => String::new(),
        field => format!(" at `{field}`"),
    };
    let suggestion = match kind {
        "null" => "for a value that may be absent write `urlencode(x or '')`",
        _ => "encode its values one by one, or write it as text with `json.dumps(…)`",
    };
    type_mismatch(format!(
        "`urlencode` takes a text, a number, or an object of them, not {kind}{place}"
    ))
    .suggest(Some(suggestion.to_owned()))
}
