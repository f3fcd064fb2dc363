//! A serializer that turns a serializable type into a value. Parts that are already values are
//! shared, not copied. Accepts the same types as serde_json's `to_value`, with the same result.

use std::{fmt::Display, sync::Arc};

use serde::{
    Serialize,
    ser::{self, Serializer},
};
use types::ErrorCode;

use super::{JsonError, Map, Value, share};

impl Value {
    /// Converts any serializable type. Fails on an integer outside `i64`, and on an object whose
    /// keys are not text, numbers or booleans.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        value.serialize(Writer)
    }
}

impl ser::Error for JsonError {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            code: ErrorCode::InvalidJson,
            message: message.to_string(),
            line: 0,
            column: 0,
        }
    }
}

struct Writer;

type Written = Result<Value, JsonError>;

fn integer<T: TryInto<i64> + Display + Copy>(number: T) -> Written {
    number
        .try_into()
        .map(Value::Int)
        .map_err(|_| JsonError::out_of_range(&number.to_string()))
}

fn variant(name: &'static str, content: Value) -> Value {
    Value::from_iter([(name, content)])
}

macro_rules! integers {
    ($($method:ident: $type:ty),+) => {
        $(fn $method(self, number: $type) -> Written {
            integer(number)
        })+
    };
}

impl Serializer for Writer {
    type Ok = Value;
    type Error = JsonError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_u128: u128
    );

    fn serialize_bool(self, value: bool) -> Written {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, number: f32) -> Written {
        Ok(Value::from(f64::from(number)))
    }

    fn serialize_f64(self, number: f64) -> Written {
        Ok(Value::from(number))
    }

    fn serialize_char(self, value: char) -> Written {
        Ok(Value::from(&*value.encode_utf8(&mut [0; 4])))
    }

    fn serialize_str(self, text: &str) -> Written {
        Ok(Value::from(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        Ok(bytes.iter().map(|b| Value::Int(i64::from(*b))).collect())
    }

    fn serialize_none(self) -> Written {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        Ok(Value::from(name))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Written {
        if name == share::SHARED {
            return share::take_from(|| value.serialize(self)).map(Option::unwrap_or_default);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Written {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, JsonError> {
        Ok(Items {
            variant: None,
            items: Vec::with_capacity(length.unwrap_or_default()),
        })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, JsonError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, JsonError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Items, JsonError> {
        Ok(Items {
            variant: Some(name),
            items: Vec::with_capacity(length),
        })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Fields, JsonError> {
        Ok(Fields {
            variant: None,
            fields: Map::with_capacity_and_hasher(length.unwrap_or_default(), Default::default()),
            key: None,
        })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields, JsonError> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Fields, JsonError> {
        let mut fields = self.serialize_map(Some(length))?;
        fields.variant = Some(name);
        Ok(fields)
    }
}

struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), JsonError> {
        self.items.push(item.serialize(Writer)?);
        Ok(())
    }

    fn finish(self) -> Value {
        let items = Value::from(self.items);
        match self.variant {
            Some(name) => variant(name, items),
            None => items,
        }
    }
}

macro_rules! items {
    ($($of:ident: $method:ident),+) => {
        $(impl ser::$of for Items {
            type Ok = Value;
            type Error = JsonError;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), JsonError> {
                self.push(item)
            }

            fn end(self) -> Written {
                Ok(self.finish())
            }
        })+
    };
}

items!(
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
);

struct Fields {
    variant: Option<&'static str>,
    fields: Map,
    key: Option<Arc<str>>,
}

impl Fields {
    fn set<T: Serialize + ?Sized>(&mut self, key: Arc<str>, value: &T) -> Result<(), JsonError> {
        self.fields.insert(key, value.serialize(Writer)?);
        Ok(())
    }

    fn finish(self) -> Value {
        let fields = Value::from(self.fields);
        match self.variant {
            Some(name) => variant(name, fields),
            None => fields,
        }
    }
}

impl ser::SerializeMap for Fields {
    type Ok = Value;
    type Error = JsonError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), JsonError> {
        self.key = Some(key_of(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), JsonError> {
        let key = self
            .key
            .take()
            .ok_or_else(|| ser::Error::custom("a value without a key"))?;
        self.set(key, value)
    }

    fn end(self) -> Written {
        Ok(self.finish())
    }
}

macro_rules! fields {
    ($($of:ident),+) => {
        $(impl ser::$of for Fields {
            type Ok = Value;
            type Error = JsonError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), JsonError> {
                self.set(name.into(), value)
            }

            fn end(self) -> Written {
                Ok(self.finish())
            }
        })+
    };
}

fields!(SerializeStruct, SerializeStructVariant);

/// The text of an object key.
fn key_of<T: Serialize + ?Sized>(key: &T) -> Result<Arc<str>, JsonError> {
    match key.serialize(Writer)? {
        Value::Str(text) => Ok(text),
        key @ (Value::Bool(_) | Value::Int(_) | Value::Float(_)) => Ok(key.to_json().into()),
        other => Err(ser::Error::custom(format!(
            "an object key must be text, not {}",
            other.type_phrase()
        ))),
    }
}

#[cfg(test)]
mod tests;
