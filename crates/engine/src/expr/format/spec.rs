//! Python's format mini-language: `[[fill]align][sign][#][0][width][,_][.precision][type]`.

use crate::{
    Value,
    expr::{
        Budget, ExprError,
        error::{failed, type_mismatch},
        index::char_count,
        ops::Num,
        val::V,
    },
};

/// The maximum precision. More digits carry no information about a double.
const MAX_PRECISION: usize = 350;

#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse(spec: &str) -> Result<Spec, ExprError> {
    let wrong = || {
        let shown: String = spec.chars().take(40).collect();
        failed(format!("`{shown}` is not a valid format"))
    };
    let chars: Vec<char> = spec.chars().take(64).collect();
    if spec.chars().nth(64).is_some() {
        return Err(wrong());
    }
    let mut out = Spec::default();
    let mut at = 0;
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
    if is_align(chars.get(1)) {
        out.fill = chars.first().copied();
        out.align = chars.get(1).copied();
        at = 2;
    } else if is_align(chars.first()) {
        out.align = chars.first().copied();
        at = 1;
    }
    let mut take = |wanted: &[char]| {
        let found = chars.get(at).copied().filter(|c| wanted.contains(c));
        at += usize::from(found.is_some());
        found
    };
    out.sign = take(&['+', '-', ' ']);
    out.alternate = take(&['#']).is_some();
    out.zero = take(&['0']).is_some();
    const DIGITS: &[char] = &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    while let Some(digit) = take(DIGITS) {
        out.width = out
            .width
            .saturating_mul(10)
            .saturating_add(digit as usize - '0' as usize);
    }
    out.grouping = take(&[',', '_']);
    if take(&['.']).is_some() {
        let mut precision = 0usize;
        let mut any = false;
        while let Some(digit) = take(DIGITS) {
            any = true;
            precision = precision
                .saturating_mul(10)
                .saturating_add(digit as usize - '0' as usize);
        }
        out.precision = Some(precision).filter(|_| any);
        if !any {
            return Err(wrong());
        }
    }
    out.kind = take(&[
        's', 'd', 'b', 'o', 'x', 'X', 'c', 'e', 'E', 'f', 'F', 'g', 'G', 'n', '%',
    ]);
    if at < chars.len() {
        Err(wrong())
    } else {
        Ok(out)
    }
}

/// `format(value, spec)`: the value formatted as `spec` says.
pub fn with_spec(value: &V, spec: &str, budget: &mut Budget) -> Result<String, ExprError> {
    if spec.is_empty() {
        return super::text_of(value, budget);
    }
    let spec = parse(spec)?;
    let number = value.as_value().and_then(|v| match v {
        Value::Bool(_) if spec.kind.is_none() => None,
        other => Num::of(other),
    });
    let (sign, body, numeric) = match number {
        Some(number) => {
            let (sign, body) = number_text(number, &spec)?;
            (sign, body, true)
        }
        None => match spec.kind {
            None | Some('s') => {
                let mut text = super::text_of(value, budget)?;
                if let Some(limit) = spec.precision
                    && let Some((end, _)) = text.char_indices().nth(limit)
                {
                    text.truncate(end);
                }
                (String::new(), text, false)
            }
            Some(kind) => {
                let shown = value.type_phrase();
                return Err(type_mismatch(format!(
                    "the format `{kind}` takes a number, not {shown}"
                ))
                .given(&[value]));
            }
        },
    };
    pad(&sign, &body, &spec, numeric, budget)
}

fn pad(
    sign: &str,
    body: &str,
    spec: &Spec,
    numeric: bool,
    budget: &mut Budget,
) -> Result<String, ExprError> {
    let length = char_count(sign) + char_count(body);
    let missing = spec.width.saturating_sub(length);
    budget.text(
        missing
            .saturating_mul(4)
            .saturating_add(sign.len() + body.len()),
    )?;
    let zero = spec.zero && spec.align.is_none() && numeric;
    let fill = spec.fill.unwrap_or(if zero { '0' } else { ' ' });
    let align = spec.align.unwrap_or(if zero {
        '='
    } else if numeric {
        '>'
    } else {
        '<'
    });
    let run = |n: usize| std::iter::repeat_n(fill, n).collect::<String>();
    Ok(match align {
        '<' => format!("{sign}{body}{}", run(missing)),
        '^' => {
            let left = missing / 2;
            format!("{}{sign}{body}{}", run(left), run(missing - left))
        }
        '=' => format!("{sign}{}{body}", run(missing)),
        _ => format!("{}{sign}{body}", run(missing)),
    })
}

fn number_text(number: Num, spec: &Spec) -> Result<(String, String), ExprError> {
    let kind = spec.kind;
    let negative = match number {
        Num::Int(i) => i < 0,
        Num::Float(f) => f.is_sign_negative() && !f.is_nan(),
    };
    let body = match (number, kind) {
        (Num::Int(i), None | Some('d' | 'n')) => group(&i.unsigned_abs().to_string(), spec, 3),
        (Num::Int(i), Some('b')) => group(&format!("{:b}", i.unsigned_abs()), spec, 4),
        (Num::Int(i), Some('o')) => group(&format!("{:o}", i.unsigned_abs()), spec, 4),
        (Num::Int(i), Some('x')) => group(&format!("{:x}", i.unsigned_abs()), spec, 4),
        (Num::Int(i), Some('X')) => group(&format!("{:X}", i.unsigned_abs()), spec, 4),
        (Num::Int(i), Some('c')) => {
            let c = u32::try_from(i).ok().and_then(char::from_u32);
            return c
                .map(|c| (String::new(), c.to_string()))
                .ok_or_else(|| failed(format!("{i} is not a valid character code")));
        }
        (_, Some('s')) => return Err(type_mismatch("the format `s` takes text, not a number")),
        (Num::Float(_), Some('d' | 'b' | 'o' | 'x' | 'X' | 'c')) => {
            return Err(type_mismatch("this format needs a whole number")
                .suggest(Some("write `.0f`, or `int(x)`".to_owned())));
        }
        (number, kind) => float_text(number.float().abs(), kind, spec)?,
    };
    let prefix = match (spec.alternate, kind) {
        (true, Some('b')) => "0b",
        (true, Some('o')) => "0o",
        (true, Some('x')) => "0x",
        (true, Some('X')) => "0X",
        _ => "",
    };
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    Ok((format!("{sign}{prefix}"), body))
}

fn float_text(value: f64, kind: Option<char>, spec: &Spec) -> Result<String, ExprError> {
    let precision = spec.precision.unwrap_or(6);
    if precision > MAX_PRECISION {
        return Err(failed(format!(
            "a format has at most {MAX_PRECISION} digits"
        )));
    }
    if !value.is_finite() {
        return Ok(if value.is_nan() { "nan" } else { "inf" }.to_owned());
    }
    let text = match kind {
        Some('f' | 'F') => format!("{value:.precision$}"),
        Some('%') => format!("{:.precision$}%", value * 100.0),
        Some('e') => exponent(&format!("{value:.precision$e}")),
        Some('E') => exponent(&format!("{value:.precision$e}")).to_uppercase(),
        Some('g' | 'n') => general(value, precision),
        Some('G') => general(value, precision).to_uppercase(),
        _ if spec.precision.is_some() => general(value, precision),
        _ => Value::Float(value).to_json(),
    };
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Ok(group(&text[..end], spec, 3) + &text[end..])
}

/// Rewrites Rust's `1e5` as Python's `1e+05`.
fn exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The format `g`: the shorter of fixed and scientific notation, without trailing zeros.
fn general(value: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = format!("{value:.0$e}", precision - 1);
    let power: i64 = scientific
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or_default();
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if power < -4 || power >= precision as i64 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return exponent(&format!("{}e{power}", trim(mantissa)));
    }
    let digits = usize::try_from(precision as i64 - 1 - power).unwrap_or(0);
    trim(&format!("{value:.digits$}"))
}

fn group(digits: &str, spec: &Spec, every: usize) -> String {
    let Some(separator) = spec.grouping else {
        return digits.to_owned();
    };
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(every) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}
