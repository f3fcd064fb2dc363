//! Lossless JSON: duplicate keys, integers outside `i64` and too deep nesting are errors.

use std::{cell::Cell, fmt, sync::Arc};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use types::ErrorCode;

use super::{Map, Value, share, syntax::words};

/// The deepest nesting of lists and objects that is accepted.
pub const MAX_DEPTH: usize = 100;

/// Why a text could not be read as a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// `INVALID_JSON`, `DUPLICATE_KEY`, `NESTING_TOO_DEEP` or `VALUE_OUT_OF_RANGE`.
    pub code: ErrorCode,
    /// What is wrong, in words for a person.
    pub message: String,
    /// The line, from 1; 0 if unknown.
    pub line: usize,
    /// The column, from 1; 0 if unknown.
    pub column: usize,
}

impl JsonError {
    pub(super) fn out_of_range(number: &str) -> Self {
        let shown: String = number.chars().take(40).collect();
        Self {
            code: ErrorCode::ValueOutOfRange,
            message: format!(
                "the number {shown} does not fit into 64 bits; write it as text to keep its digits"
            ),
            line: 0,
            column: 0,
        }
    }

    pub(super) fn other(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let code = [
            "DUPLICATE_KEY: ",
            "NESTING_TOO_DEEP: ",
            "VALUE_OUT_OF_RANGE: ",
        ]
        .iter()
        .find_map(|mark| text.starts_with(mark).then(|| mark.trim_end_matches(": ")))
        .and_then(ErrorCode::parse)
        .unwrap_or(ErrorCode::InvalidJson);
        let text = text
            .strip_prefix(code.as_str())
            .map_or(text.as_str(), |t| &t[2..]);
        let message = words(text);
        Self {
            code,
            message,
            line: error.line(),
            column: error.column(),
        }
    }
}

impl Value {
    /// Parses JSON text.
    pub fn parse_json(text: &str) -> Result<Self, JsonError> {
        Self::parse_json_bytes(text.as_bytes())
    }

    /// Parses JSON from UTF-8 bytes.
    pub fn parse_json_bytes(bytes: &[u8]) -> Result<Self, JsonError> {
        LARGE.set(false);
        let value = serde_json::from_slice(bytes).map_err(|e| JsonError::other(&e))?;
        match LARGE.take().then(|| long_integer(bytes)).flatten() {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    /// Formats the value as compact JSON.
    pub fn to_json(&self) -> String {
        // Serializing cannot fail: keys are text and doubles are finite.
        serde_json::to_string(self).unwrap_or_default()
    }
}

thread_local! {
    /// Whether the text being parsed has a double beyond the range of `i64`.
    static LARGE: Cell<bool> = const { Cell::new(false) };
}

/// Finds the first integer that would have been rounded: more digits than `i64` holds, without a
/// fraction or exponent.
fn long_integer(bytes: &[u8]) -> Option<JsonError> {
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'"' => {
                i += 1;
                while let Some(byte) = bytes.get(i).filter(|byte| **byte != b'"') {
                    i += if *byte == b'\\' { 2 } else { 1 };
                }
                i += 1;
            }
            b'0'..=b'9' => {
                let part = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let length = bytes[i..].iter().take_while(|b| part(b)).count();
                let number = &bytes[i..i + length];
                if length > 18 && number.iter().all(u8::is_ascii_digit) {
                    let shown = String::from_utf8_lossy(number);
                    let mut error = JsonError::out_of_range(&shown);
                    let before = &bytes[..i];
                    let line_start = before
                        .iter()
                        .rposition(|b| *b == b'\n')
                        .map_or(0, |at| at + 1);
                    error.line = before.iter().filter(|b| **b == b'\n').count() + 1;
                    error.column = i - line_start + 1;
                    // Integers that still fit into `i64` were not read as doubles.
                    if shown.parse::<i64>().is_err() {
                        return Some(error);
                    }
                }
                i += length;
            }
            _ => i += 1,
        }
    }
    None
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(share::SHARED, Seed { depth: 0 })
    }
}

struct Seed {
    depth: usize,
}

impl Seed {
    fn deeper<E: de::Error>(&self) -> Result<Seed, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!(
                "NESTING_TOO_DEEP: lists and objects are nested deeper than {MAX_DEPTH}"
            )));
        }
        Ok(Seed {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_char<E: de::Error>(self, _: char) -> Result<Value, E> {
        share::take().ok_or_else(|| E::custom("a single character is not a JSON value"))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| {
            E::custom(format!(
                "VALUE_OUT_OF_RANGE: {}",
                JsonError::out_of_range(&value.to_string())
            ))
        })
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        if !value.is_finite() {
            return Err(E::custom(format!(
                "VALUE_OUT_OF_RANGE: {}",
                JsonError::out_of_range(&value.to_string())
            )));
        }
        // serde_json reads an integer beyond `u64` as a double, just like `1e21`; only the text
        // distinguishes them. What this program wrote (a journal) never contains such an integer.
        if value.abs() >= 9.2e18 {
            LARGE.set(true);
        }
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(key) = access.next_key::<Arc<str>>()? {
            let value = access.next_value_seed(self.deeper()?)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!(
                    "DUPLICATE_KEY: the object has the key `{key}` twice"
                )));
            }
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_and_writes_back_equal() {
        let text = r#"{"b":1,"a":[null,true,-2.5,"é\n",9223372036854775807,{}]}"#;
        assert_eq!(Value::parse_json(text).unwrap().to_json(), text);
    }

    #[test]
    fn a_double_beyond_the_integers_is_a_double() {
        for text in [
            "1e21",
            "-2.5e300",
            "[1e19,9223372036854775807]",
            "123456789012345678901.5",
        ] {
            assert!(Value::parse_json(text).is_ok(), "{text}");
        }
        assert_eq!(Value::parse_json("1e21").unwrap(), Value::Float(1e21));
        // It stays the same when written and read back.
        let written = Value::Float(1e21).to_json();
        assert_eq!(Value::parse_json(&written).unwrap(), Value::Float(1e21));
        let error = Value::parse_json("{\"a\":\n 123456789012345678901}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 2));
        // Digits inside a string do not count.
        assert!(Value::parse_json(r#"["1\"123456789012345678901", 1e21]"#).is_ok());
    }

    #[test]
    fn json_that_would_lose_something_is_rejected() {
        for (text, code) in [
            ("9223372036854775808", ErrorCode::ValueOutOfRange),
            ("123456789012345678901234567890", ErrorCode::ValueOutOfRange),
            ("[1e21, 123456789012345678901]", ErrorCode::ValueOutOfRange),
            ("-9223372036854775809", ErrorCode::ValueOutOfRange),
            ("1000000000000000000000", ErrorCode::ValueOutOfRange),
            (r#"{"a":1,"a":2}"#, ErrorCode::DuplicateKey),
            ("1e400", ErrorCode::InvalidJson),
            ("[1,]", ErrorCode::InvalidJson),
            ("1 2", ErrorCode::InvalidJson),
            ("", ErrorCode::InvalidJson),
        ] {
            assert_eq!(Value::parse_json(text).unwrap_err().code, code, "{text}");
        }
        let deep = "[".repeat(101) + &"]".repeat(101);
        assert_eq!(
            Value::parse_json(&deep).unwrap_err().code,
            ErrorCode::NestingTooDeep
        );
        let fits = "[".repeat(100) + &"]".repeat(100);
        assert!(Value::parse_json(&fits).is_ok());
    }
}
