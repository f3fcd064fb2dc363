//! Reads a resolved input into a component's input type, and writes its output as a value.
//!
//! Reads directly from our values: parts that stay values are shared, not copied. An error names
//! the field, the value found and the value expected.

use std::fmt;

use serde::{
    Serialize,
    de::{
        self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected,
        IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
    },
};
use types::ErrorCode;

use super::StageError;
use crate::{Value, value};

/// Reads a stage's resolved input into the component's input type.
pub fn read_input<T: DeserializeOwned>(input: &Value) -> Result<T, StageError> {
    T::deserialize(Reader(input))
        .map_err(|error| StageError::new(ErrorCode::StageInput, error.to_string()))
}

/// Writes a component's typed output as a value.
pub fn write_output<T: Serialize>(output: &T) -> Result<Value, StageError> {
    Value::from_serialize(output).map_err(|error| StageError::new(error.code, error.message))
}

/// The JSON schema of a type.
pub fn schema_of<T: schemars::JsonSchema>() -> serde_json::Value {
    schemars::SchemaGenerator::default()
        .into_root_schema_for::<T>()
        .to_value()
}

/// A JSON schema that accepts any value.
pub fn any_schema() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

impl schemars::JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyValue".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::default()
    }
}

/// Why an input does not match the type.
#[derive(Debug, Default)]
struct Mismatch {
    /// The path to the value, innermost part first.
    path: Vec<Part>,
    /// The value found there, shortened.
    found: Option<String>,
    /// What is expected, or the whole message if `found` is not set.
    message: String,
}

#[derive(Debug)]
enum Part {
    Field(String),
    Item(usize),
}

impl Mismatch {
    fn under(mut self, part: Part) -> Self {
        self.path.push(part);
        self
    }

    /// Sets the value found, unless one deeper inside is set already.
    fn at(mut self, value: &Value) -> Self {
        if self.found.is_none() && self.path.is_empty() {
            self.found = Some(preview(value));
        }
        self
    }
}

/// The value as JSON, at most about 60 characters of it.
fn preview(value: &Value) -> String {
    if value.size(4096) > 4096 {
        return format!("a large {}", value.type_name());
    }
    let text = value.to_json();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("the input")?;
        } else {
            f.write_str("the input `")?;
            for (at, part) in self.path.iter().rev().enumerate() {
                match part {
                    Part::Field(name) if at == 0 => f.write_str(name)?,
                    Part::Field(name) => write!(f, ".{name}")?,
                    Part::Item(index) => write!(f, "[{index}]")?,
                }
            }
            f.write_str("`")?;
        }
        write!(f, " {}", self.message)?;
        match &self.found {
            Some(found) => write!(f, ", but it is {found}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: format!("does not fit: {message}"),
            ..Self::default()
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self {
            message: format!("must be {}", plain(&expected.to_string())),
            ..Self::default()
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let expected = plain(&expected.to_string());
        Self {
            message: format!("must be {expected}, not {length} items"),
            ..Self::default()
        }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let list: Vec<String> = expected.iter().map(|e| format!("`{e}`")).collect();
        Self {
            message: format!("must be one of {}", list.join(", ")),
            ..Self::default()
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            path: vec![Part::Field(field.to_owned())],
            found: None,
            message: "is missing".to_owned(),
        }
    }
}

/// Translates serde's type names into the terms of the pipeline language.
fn plain(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a string" | "string" | "a borrowed string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a map" => "an object".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other if other.starts_with("string or ") => "text".to_owned(),
        other => other.to_owned(),
    }
}

/// Deserializes a type from a value.
struct Reader<'a>(&'a Value);

impl<'de> Reader<'de> {
    fn any<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Int(i) => visitor.visit_i64(*i),
            Value::Float(f) => visitor.visit_f64(*f),
            Value::Str(s) => visitor.visit_borrowed_str(s),
            Value::List(items) => visitor.visit_seq(Items {
                items: items.iter(),
                at: 0,
            }),
            Value::Map(map) => visitor.visit_map(Fields {
                map: map.iter(),
                value: None,
            }),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.any(visitor).map_err(|e| e.at(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if name == value::SHARED {
            return value::hand_over(self.0.clone(), visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Int(i) => visitor.visit_f64(*i as f64),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let result = match self.0 {
            Value::Str(s) => visitor.visit_enum(Variant {
                name: s,
                value: None,
            }),
            Value::Map(map) => match (map.len(), map.first()) {
                (1, Some((name, value))) => visitor.visit_enum(Variant {
                    name,
                    value: Some(value),
                }),
                _ => Err(Mismatch {
                    message: "must be text or an object with one field".into(),
                    ..Mismatch::default()
                }),
            },
            _ => Err(Mismatch {
                message: "must be text".into(),
                ..Mismatch::default()
            }),
        };
        result.map_err(|e| e.at(self.0))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mismatch> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|e| e.under(Part::Item(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'a> {
    map: indexmap::map::Iter<'a, std::sync::Arc<str>, Value>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, value)) = self.map.next() else {
            return Ok(None);
        };
        self.value = Some((key, value));
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some((key, value)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(Reader(value))
            .map_err(|e| e.under(Part::Field(key.to_owned())))
    }
}

struct Variant<'a> {
    name: &'a str,
    value: Option<&'a Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Payload<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Payload<'de>), Mismatch> {
        let name: de::value::StrDeserializer<'_, Mismatch> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Payload(self.value)))
    }
}

struct Payload<'a>(Option<&'a Value>);

impl<'a> Payload<'a> {
    fn reader(&self) -> Reader<'a> {
        Reader(self.0.unwrap_or(&Value::Null))
    }
}

impl<'de> VariantAccess<'de> for Payload<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self.reader())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.reader().deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.reader().deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests;
