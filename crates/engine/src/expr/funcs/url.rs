//! `urlencode`: encodes values for use in a URL.
//!
//! A text is encoded for use as one segment of a path or one value of a query: all bytes of its
//! UTF-8 except letters, digits and `-._~` become `%XX`, including `/` and spaces. An object
//! becomes a whole query, `a=1&b=2`; a list in it repeats its name once per item, and null is left
//! out. Not for whole URLs, whose `/` and `?` would be encoded as well.

use crate::{
    Value,
    expr::{
        Budget, ExprError,
        error::type_mismatch,
        eval::{CallArgs, Eval},
        val::V,
    },
};

// Not inlined: its locals would take stack space in every call that evaluates arguments.
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
        // The same form as `query_params` uses: `true`, not `True`.
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
        "`urlencode` takes text, a number, or an object of these, not {kind}{place}"
    ))
    .suggest(Some(suggestion.to_owned()))
}
