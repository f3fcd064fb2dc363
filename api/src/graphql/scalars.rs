//! The JSON scalar, and page arguments.

use crate::error::ApiError;
use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// Any JSON value, with its keys in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

impl Json {
    /// From anything that serializes.
    pub fn of(value: &impl serde::Serialize) -> Result<Self, ApiError> {
        serde_json::to_value(value)
            .and_then(Value::from_json)
            .map(Self)
            .map_err(ApiError::internal)
    }

    /// As plain JSON.
    pub fn into_serde(self) -> Result<serde_json::Value, ApiError> {
        self.0.into_json().map_err(ApiError::internal)
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
}
