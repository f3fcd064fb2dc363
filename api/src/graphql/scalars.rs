//! The JSON scalar and long texts. Both charge their bytes to the request's budget.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    ContextSelectionSet, InputType, InputValueResult, OutputType, Positioned, Scalar, ScalarType,
    ServerResult, Value, parser::types::Field, registry::Registry,
};

use super::budget::Budget;
use crate::{error::ApiError, guard};

/// Any JSON value. Its keys keep their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

/// The scalar in the schema. [`Json`] wraps it and charges the budget.
struct Plain(Value);

/// Any JSON value. Objects keep the order of their keys.
#[Scalar(name = "JSON")]
impl ScalarType for Plain {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

impl InputType for Json {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Plain as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Plain as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match <Plain as InputType>::parse(value) {
            Ok(plain) => Ok(Self(plain.0)),
            Err(error) => Err(error.propagate()),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl OutputType for Json {
    fn type_name() -> Cow<'static, str> {
        <Plain as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Plain as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        take(ctx, field, kept(&self.0))?;
        Ok(self.0.clone())
    }
}

/// A text that may be long, such as a file.
#[derive(Clone, Debug)]
pub struct Text(pub Arc<str>);

impl OutputType for Text {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        take(ctx, field, guard::text_size(&self.0))?;
        Ok(Value::String(self.0.to_string()))
    }
}

/// Charges bytes of a field's value to the request's budget.
pub(super) fn take(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    bytes: usize,
) -> ServerResult<()> {
    let Some(budget) = ctx.data_opt::<Arc<Budget>>() else {
        return Ok(());
    };
    budget
        .take(bytes)
        .map_err(|error| error.at(vec![field.pos]).into_server_error())
}

/// The bytes to charge for a value: its size as JSON, but at least eight for each part, for its
/// memory.
pub(super) fn kept(value: &Value) -> usize {
    fn parts(value: &Value) -> usize {
        match value {
            Value::List(items) => 1 + items.iter().map(parts).sum::<usize>(),
            Value::Object(map) => 1 + map.values().map(parts).sum::<usize>(),
            _ => 1,
        }
    }
    guard::json_size(value).max(8 * parts(value))
}

impl Json {
    /// Converts any value that can be serialized.
    pub fn of(value: &impl serde::Serialize) -> Result<Self, ApiError> {
        serde_json::to_value(value)
            .and_then(Value::from_json)
            .map(Self)
            .map_err(ApiError::internal)
    }

    /// Converts this into a `serde_json` value.
    pub fn into_serde(self) -> Result<serde_json::Value, ApiError> {
        self.0.into_json().map_err(ApiError::internal)
    }

    /// The size as JSON, in bytes.
    pub fn size(&self) -> usize {
        guard::json_size(&self.0)
    }
}

impl From<&engine::Value> for Json {
    fn from(value: &engine::Value) -> Self {
        Self(convert(value))
    }
}

fn convert(value: &engine::Value) -> Value {
    match value {
        engine::Value::Null => Value::Null,
        engine::Value::Bool(b) => Value::Boolean(*b),
        engine::Value::Int(i) => Value::Number((*i).into()),
        engine::Value::Float(f) => {
            serde_json::Number::from_f64(*f).map_or(Value::Null, Value::Number)
        }
        engine::Value::Str(s) => Value::String(s.to_string()),
        engine::Value::List(items) => Value::List(items.iter().map(convert).collect()),
        engine::Value::Map(map) => Value::Object(
            map.iter()
                .map(|(k, v)| (async_graphql::Name::new(k), convert(v)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_went_in() {
        let text =
            r#"{"b":[1,-9223372036854775808,0.1,1e21,null,true],"a":{"z":"ü\u0001","c":{}}}"#;
        let json = Json(serde_json::from_str(text).unwrap());
        let value = engine::Value::from_json(&json.into_serde().unwrap()).unwrap();
        let out = serde_json::to_string(&Json::from(&value).0).unwrap();
        assert_eq!(out, serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn a_value_is_charged_at_least_its_size_as_json() {
        for text in [
            r#""a\u0001\"""#,
            "[1,2,3]",
            r#"{"k":[{},"x\n"]}"#,
            "-1.5e300",
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let written = serde_json::to_string(&value).unwrap();
            assert!(kept(&value) >= written.len(), "{text}");
        }
    }
}
