//! Numbers as decimal digits, so that integers, doubles and numbers written as text are compared
//! exactly, however long they are. There is no arithmetic.

use std::cmp::Ordering;

/// A decimal number: the sign, and the digits before and after the point. Without leading and
/// trailing zeros, so that equal numbers have equal fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Number {
    /// Parses a plain decimal number: `-3`, `10`, `2.50`. `None` for texts with a plus sign,
    /// leading zeros (`007` is a code), an exponent (`1e5` may be an identifier) or thousands
    /// separators.
    pub fn of_text(text: &str) -> Option<Number> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        Some(Number {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    fn size(&self, other: &Self) -> Ordering {
        (self.whole.len().cmp(&other.whole.len()))
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        let digits = value.unsigned_abs();
        Number {
            negative: value < 0,
            whole: match digits {
                0 => String::new(),
                digits => digits.to_string(),
            },
            fraction: String::new(),
        }
    }
}

impl From<f64> for Number {
    /// The shortest decimal number that parses to this double, which is also how it is printed.
    fn from(value: f64) -> Self {
        // The `Display` form of a finite double never has an exponent.
        Number::of_text(&value.to_string()).unwrap_or(Number {
            negative: value < 0.0,
            whole: value.to_string(),
            fraction: String::new(),
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size(other),
            (true, true) => other.size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
