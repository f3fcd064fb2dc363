//! A run's input: defaults of the input schema filled in, then checked against it.

use engine::{Map, Value};

use crate::schema::{Mismatch, Schema};

/// The input as the run gets it, or what is wrong with it field by field (code `INPUT_SCHEMA`).
pub fn prepare(schema: Option<&Value>, input: Value) -> Result<Value, Vec<Mismatch>> {
    let Some(schema) = schema else {
        return Ok(input);
    };
    let schema = tolerant(schema);
    let input = with_defaults(&schema, input);
    let compiled = Schema::compile(&schema).map_err(|e| {
        let message = format!("the pipeline's input_schema is not a usable JSON schema: {e}");
        vec![Mismatch {
            field: String::new(),
            message,
        }]
    })?;
    let errors = compiled.errors(&input);
    if errors.is_empty() {
        Ok(input)
    } else {
        Err(errors)
    }
}

/// Files in the world also mark single properties with `"required": true`, as an early draft of
/// JSON schema had it. Those names move to the object's list.
fn tolerant(schema: &Value) -> Value {
    let Value::Map(map) = schema else {
        return schema.clone();
    };
    let mut out = Map::with_capacity(map.len());
    let mut marked = Vec::new();
    for (key, value) in map.iter() {
        let value = match (key.as_ref(), value) {
            ("required", Value::Bool(_)) => continue,
            ("properties", Value::Map(properties)) => properties
                .iter()
                .map(|(name, property)| {
                    if property.get("required") == Some(&Value::Bool(true)) {
                        marked.push(Value::from(name.clone()));
                    }
                    (name.clone(), tolerant(property))
                })
                .collect(),
            ("items", item) => tolerant(item),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if !marked.is_empty() {
        let mut required = out
            .get("required")
            .and_then(Value::as_list)
            .unwrap_or(&[])
            .to_vec();
        marked.retain(|name| !required.contains(name));
        required.extend(marked);
        out.insert("required".into(), required.into());
    }
    out.into()
}

/// Fields that are absent get their schema's `default`. A field that is null stays null.
fn with_defaults(schema: &Value, value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_map) else {
                return Value::Map(map);
            };
            let mut out = Map::clone(&map);
            for (name, property) in properties {
                match out.get_mut(name) {
                    Some(inner) => *inner = with_defaults(property, std::mem::take(inner)),
                    None => {
                        if let Some(default) = property.get("default") {
                            out.insert(name.clone(), default.clone());
                        }
                    }
                }
            }
            out.into()
        }
        Value::List(items) => match schema.get("items") {
            Some(inner) => items
                .iter()
                .map(|i| with_defaults(inner, i.clone()))
                .collect(),
            None => Value::List(items),
        },
        // No input at all counts as an empty object where an object is wanted.
        Value::Null if schema.get("type").and_then(Value::as_str) == Some("object") => {
            with_defaults(schema, Map::new().into())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::parse_json(text).unwrap()
    }

    #[test]
    fn defaults_fill_what_is_absent_and_only_that() {
        let schema = json(
            r#"{"type":"object","properties":{"tone":{"type":"string","default":"kind"},
            "limits":{"type":"object","properties":{"max":{"type":"integer","default":3}}},
            "rows":{"type":"array","items":{"properties":{"n":{"default":0}}}},
            "note":{"default":"x"}}}"#,
        );
        let input = json(r#"{"limits":{},"rows":[{},{"n":5}],"note":null}"#);
        let prepared = prepare(Some(&schema), input).unwrap();
        assert_eq!(
            prepared.to_json(),
            r#"{"limits":{"max":3},"rows":[{"n":0},{"n":5}],"note":null,"tone":"kind"}"#
        );
        assert_eq!(
            prepare(Some(&schema), Value::Null).unwrap().to_json(),
            r#"{"tone":"kind","note":"x"}"#
        );
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let schema = json(
            r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"},
            "b":{"type":"integer","required":true},"c":{"type":"array","items":{"type":"number"}}}}"#,
        );
        let errors = prepare(Some(&schema), json(r#"{"c":[1,"x"]}"#)).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert!(
            fields.contains(&"a") && fields.contains(&"b") && fields.contains(&"c[1]"),
            "{errors:?}"
        );
        assert!(
            errors.iter().any(|e| e.message == "is missing"),
            "{errors:?}"
        );
    }

    #[test]
    fn a_schema_that_refers_elsewhere_is_refused_and_not_fetched() {
        let schema = json(r#"{"$ref":"http://127.0.0.1:1/schema.json"}"#);
        let errors = prepare(Some(&schema), Value::Null).unwrap_err();
        assert!(errors[0].message.contains("input_schema"), "{errors:?}");
    }
}
