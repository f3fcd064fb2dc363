//! Reading and writing JSON exactly: duplicate keys, integers outside `i64` and deep nesting are
//! errors, never guesses.

use std::{fmt, sync::Arc};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use types::ErrorCode;

use super::{Map, Value, share};

/// The deepest nesting of lists and objects that is read.
pub const MAX_DEPTH: usize = 100;

/// Why a text is not a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// `INVALID_JSON`, `DUPLICATE_KEY`, `NESTING_TOO_DEEP` or `VALUE_OUT_OF_RANGE`.
    pub code: ErrorCode,
    /// A sentence for a person.
    pub message: String,
    /// 1-based; 0 when unknown.
    pub line: usize,
    /// 1-based; 0 when unknown.
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
        let code = ["DUPLICATE_KEY: ", "NESTING_TOO_DEEP: ", "VALUE_OUT_OF_RANGE: "]
            .iter()
            .find_map(|mark| text.starts_with(mark).then(|| mark.trim_end_matches(": ")))
            .and_then(ErrorCode::parse)
            .unwrap_or(ErrorCode::InvalidJson);
        let text = text.strip_prefix(code.as_str()).map_or(text.as_str(), |t| &t[2..]);
        let message = text.split(" at line ").next().unwrap_or(text).to_owned();
        Self { code, message, line: error.line(), column: error.column() }
    }
}

impl Value {
    /// Reads JSON text.
    pub fn parse_json(text: &str) -> Result<Self, JsonError> {
        Self::parse_json_bytes(text.as_bytes())
    }

    /// Reads JSON from bytes of UTF-8.
    pub fn parse_json_bytes(bytes: &[u8]) -> Result<Self, JsonError> {
        serde_json::from_slice(bytes).map_err(|e| JsonError::other(&e))
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        // Serializing our own values has no failing case: keys are text, doubles are finite.
        serde_json::to_string(self).unwrap_or_default()
    }
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
        Ok(Seed { depth: self.depth + 1 })
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
            E::custom(format!("VALUE_OUT_OF_RANGE: {}", JsonError::out_of_range(&value.to_string())))
        })
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // serde_json reads an integer beyond u64 as a double: it would be rounded, so refuse it.
        if !value.is_finite() || (value.fract() == 0.0 && value.abs() >= 9.2e18) {
            return Err(E::custom(format!(
                "VALUE_OUT_OF_RANGE: {}",
                JsonError::out_of_range(&value.to_string())
            )));
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
        let mut map = Map::new();
        while let Some(key) = access.next_key::<Arc<str>>()? {
            let value = access.next_value_seed(self.deeper()?)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!(
                    "DUPLICATE_KEY: the key `{key}` stands twice in one object"
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
    fn what_would_be_rounded_or_lost_is_refused() {
        for (text, code) in [
            ("9223372036854775808", ErrorCode::ValueOutOfRange),
            ("123456789012345678901234567890", ErrorCode::ValueOutOfRange),
            (r#"{"a":1,"a":2}"#, ErrorCode::DuplicateKey),
            ("1e400", ErrorCode::InvalidJson),
            ("[1,]", ErrorCode::InvalidJson),
            ("1 2", ErrorCode::InvalidJson),
            ("", ErrorCode::InvalidJson),
        ] {
            assert_eq!(Value::parse_json(text).unwrap_err().code, code, "{text}");
        }
        let deep = "[".repeat(101) + &"]".repeat(101);
        assert_eq!(Value::parse_json(&deep).unwrap_err().code, ErrorCode::NestingTooDeep);
        let fits = "[".repeat(100) + &"]".repeat(100);
        assert!(Value::parse_json(&fits).is_ok());
    }
}
