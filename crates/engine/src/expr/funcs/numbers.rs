//! Functions on numbers.

use rustpython_parser::ast::Operator;

use super::{Func, convert::whole};
use crate::expr::{
    ExprError,
    error::{failed, out_of_range, type_mismatch},
    eval::CallArgs,
    ops::{self, Num},
    val::V,
};

// Not inlined: its locals would take stack space in every call that evaluates arguments.
#[inline(never)]
pub fn call(func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    let x = number(args, "x")?;
    match func {
        Func::Abs => match x {
            Num::Int(i) => i
                .checked_abs()
                .map(V::flat)
                .ok_or_else(|| out_of_range("the result of `abs`")),
            Num::Float(f) => Ok(V::float(f.abs())),
        },
        Func::Round => {
            let digits = args.optional_int("ndigits")?;
            round(x, digits)
        }
        Func::Pow => {
            let y = number(args, "y")?;
            let power = ops::numbers(Operator::Pow, x, y)?;
            match args
                .optional("modulo")
                .as_ref()
                .and_then(V::as_value)
                .and_then(Num::of)
            {
                None => Ok(power),
                Some(modulo) => match power.as_value().and_then(Num::of) {
                    Some(power) => ops::numbers(Operator::Mod, power, modulo),
                    None => Ok(power),
                },
            }
        }
        Func::DivMod => {
            let y = number(args, "y")?;
            let quotient = ops::numbers(Operator::FloorDiv, x, y)?;
            let rest = ops::numbers(Operator::Mod, x, y)?;
            let pair = [quotient, rest]
                .iter()
                .filter_map(|v| v.as_value().cloned())
                .collect();
            V::list(pair, 0)
        }
        Func::Floor => rounded(x, f64::floor),
        Func::Ceil => rounded(x, f64::ceil),
        Func::Trunc => rounded(x, f64::trunc),
        Func::IsNan => Ok(V::flat(x.float().is_nan())),
        Func::IsInf => Ok(V::flat(x.float().is_infinite())),
        Func::IsFinite => Ok(V::flat(x.float().is_finite())),
        Func::Log => {
            let base = args
                .optional("base")
                .as_ref()
                .and_then(V::as_value)
                .and_then(Num::of);
            positive(x, "log")?;
            match base {
                None => Ok(V::float(x.float().ln())),
                Some(base) => {
                    positive(base, "log")?;
                    checked(x.float().ln() / base.float().ln(), x.float(), "log")
                }
            }
        }
        Func::Log10 => positive(x, "log10").map(|()| V::float(x.float().log10())),
        Func::Log2 => positive(x, "log2").map(|()| V::float(x.float().log2())),
        Func::Atan2 | Func::Hypot => {
            let y = number(args, "y")?.float();
            let result = if func == Func::Hypot {
                x.float().hypot(y)
            } else {
                x.float().atan2(y)
            };
            checked(result, x.float(), func.name())
        }
        _ => {
            let f = x.float();
            let result = match func {
                Func::Sqrt => f.sqrt(),
                Func::Exp => f.exp(),
                Func::Sin => f.sin(),
                Func::Cos => f.cos(),
                Func::Tan => f.tan(),
                Func::Asin => f.asin(),
                Func::Acos => f.acos(),
                Func::Atan => f.atan(),
                Func::Degrees => f.to_degrees(),
                _ => f.to_radians(),
            };
            checked(result, f, func.name())
        }
    }
}

fn number(args: &mut CallArgs, name: &str) -> Result<Num, ExprError> {
    let function = args.name;
    let value = args.required(name)?;
    value.as_value().and_then(Num::of).ok_or_else(|| {
        type_mismatch(format!(
            "`{function}` takes a number, not {}",
            value.type_phrase()
        ))
        .given(&[&value])
    })
}

fn positive(x: Num, name: &str) -> Result<(), ExprError> {
    if x.float() > 0.0 {
        return Ok(());
    }
    Err(failed(format!("`{name}` needs a number above zero")))
}

fn checked(result: f64, input: f64, name: &str) -> Result<V, ExprError> {
    match result {
        r if r.is_finite() || !input.is_finite() => Ok(V::float(r)),
        r if r.is_nan() => Err(failed(format!("`{name}` is not defined for {input}"))),
        _ => Err(out_of_range(&format!("the result of `{name}`"))),
    }
}

fn rounded(x: Num, how: fn(f64) -> f64) -> Result<V, ExprError> {
    match x {
        Num::Int(i) => Ok(V::flat(i)),
        Num::Float(f) => whole(how(f)),
    }
}

/// Python's `round`: half to even; decimal digits are rounded by the double's exact value.
fn round(x: Num, digits: Option<i64>) -> Result<V, ExprError> {
    match (x, digits) {
        (Num::Int(i), None) => Ok(V::flat(i)),
        (Num::Int(i), Some(n)) if n >= 0 => Ok(V::flat(i)),
        (Num::Int(i), Some(n)) => {
            // With more than 19 digits, every `i64` rounds to zero.
            let Some(unit) = u32::try_from(-n).ok().and_then(|n| 10_i128.checked_pow(n)) else {
                return Ok(V::flat(0_i64));
            };
            let i = i128::from(i);
            let down = i.div_euclid(unit) * unit;
            let rest = i - down;
            let up = rest * 2 > unit || (rest * 2 == unit && (down / unit) % 2 != 0);
            let result = if up { down + unit } else { down };
            i64::try_from(result)
                .map(V::flat)
                .map_err(|_| out_of_range("the result of `round`"))
        }
        (Num::Float(f), None) => whole(f.round_ties_even()),
        (Num::Float(f), Some(_)) if !f.is_finite() => Ok(V::float(f)),
        // A double has no digits at that position.
        (Num::Float(f), Some(n)) if n > 340 => Ok(V::float(f)),
        (Num::Float(_), Some(n)) if n < -310 => Ok(V::float(0.0)),
        (Num::Float(f), Some(n)) if n >= 0 => {
            let digits = usize::try_from(n).unwrap_or(0);
            Ok(V::float(format!("{f:.digits$}").parse().unwrap_or(f)))
        }
        (Num::Float(f), Some(n)) => {
            let unit = 10_f64.powi(i32::try_from(-n).unwrap_or(310));
            Ok(V::float((f / unit).round_ties_even() * unit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn numbers_round_half_to_even_and_by_their_exact_value() {
        let float = |f: f64, n| match round(Num::Float(f), n) {
            Ok(V::Val(value, _)) => value,
            other => panic!("{other:?}"),
        };
        assert_eq!(float(2.5, None), Value::Int(2));
        assert_eq!(float(3.5, None), Value::Int(4));
        assert_eq!(float(2.675, Some(2)), Value::Float(2.67));
        assert_eq!(float(1234.5, Some(-2)), Value::Float(1200.0));
        assert_eq!(float(1.5, Some(1_000_000_000)), Value::Float(1.5));
        for (i, n, rounded) in [
            (1250, -2, 1200),
            (1350, -2, 1400),
            (-15, -1, -20),
            (5, -30, 0),
        ] {
            let Ok(V::Val(value, _)) = round(Num::Int(i), Some(n)) else {
                panic!("{i}")
            };
            assert_eq!(value, Value::Int(rounded), "{i}");
        }
    }
}
