//! Prepares a run's input: fills in the defaults of the input schema, validates the input against
//! it, and sets absent optional properties to null.

use engine::{Map, Value, component::LiteralFault};

use crate::schema::{self, Mismatch, Schema};

/// Returns the input for the run: a property of the schema that is absent becomes its default or
/// null, so that templates can read it.
///
/// # Errors
/// The mismatches in the order of the fields (code `INPUT_SCHEMA`). Of very many, only the first
/// ones are listed; the last entry says how many more there are.
pub fn prepare(schema: Option<&Value>, input: Value) -> Result<Value, Vec<Mismatch>> {
    let Some(schema) = schema else {
        return Ok(input);
    };
    let schema = tolerant(schema);
    let input = with_defaults(&schema, without_nulls(&schema, input));
    let compiled = Schema::compile(&schema).map_err(|e| {
        let message = format!("the pipeline's input_schema is not a usable JSON Schema: {e}");
        vec![Mismatch {
            field: String::new(),
            message,
        }]
    })?;
    let errors = compiled.errors(&input);
    if errors.is_empty() {
        Ok(with_optional(&schema, input))
    } else {
        Err(errors.told())
    }
}

/// The faults of a pipeline's `input_schema`, read as [`prepare`] reads it.
pub fn schema_faults(schema: &Value) -> Vec<LiteralFault> {
    schema::faults(&tolerant(schema))
}

/// Moves `"required": true` on a property to the object's `required` list. Existing files use this
/// form of an early JSON Schema draft.
fn tolerant(schema: &Value) -> Value {
    let Value::Map(map) = schema else {
        return schema.clone();
    };
    let mut out = Map::with_capacity_and_hasher(map.len(), Default::default());
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

/// Removes null from optional properties that do not allow null, which means the same as leaving
/// them out. So a prepared input can be passed to [`prepare`] again.
fn without_nulls(schema: &Value, input: Value) -> Value {
    let (Value::Map(map), Some(properties)) = (&input, properties(schema)) else {
        return input;
    };
    let required = schema
        .get("required")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    let absent = |name: &str, value: &Value| {
        *value == Value::Null
            && !required.iter().any(|r| r.as_str() == Some(name))
            && properties.get(name).is_some_and(takes_no_null)
    };
    if !map.iter().any(|(name, value)| absent(name, value)) {
        return input;
    }
    let kept = map.iter().filter(|(name, value)| !absent(name, value));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether the property's `type` does not allow null; without a `type`, null is allowed.
fn takes_no_null(property: &Value) -> bool {
    match property.get("type") {
        Some(Value::Str(name)) => name.as_ref() != "null",
        Some(Value::List(names)) => !names.iter().any(|n| n.as_str() == Some("null")),
        _ => false,
    }
}

/// Adds properties of the schema that the input lacks, as null.
fn with_optional(schema: &Value, input: Value) -> Value {
    let (Value::Map(map), Some(properties)) = (&input, properties(schema)) else {
        return input;
    };
    if properties.keys().all(|name| map.contains_key(name)) {
        return input;
    }
    let mut out = Map::clone(map);
    for name in properties.keys() {
        out.entry(name.clone()).or_default();
    }
    out.into()
}

fn properties(schema: &Value) -> Option<&Map> {
    schema.get("properties")?.as_map()
}

/// Sets absent fields to the `default` of their schema. Fields that are null stay null.
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
        // A missing input counts as an empty object if the schema expects an object.
        Value::Null if schema.get("type").and_then(Value::as_str) == Some("object") => {
            with_defaults(schema, Map::default().into())
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
            r#"{"tone":"kind","note":"x","limits":null,"rows":null}"#
        );
    }

    #[test]
    fn an_optional_property_that_is_absent_can_be_read_and_given_again() {
        let schema = json(
            r#"{"type":"object","required":["topic"],"properties":{"topic":{"type":"string"},
            "audience":{"type":"string"}}}"#,
        );
        let prepared = prepare(Some(&schema), json(r#"{"topic":"x"}"#)).unwrap();
        assert_eq!(prepared.to_json(), r#"{"topic":"x","audience":null}"#);
        assert_eq!(prepare(Some(&schema), prepared.clone()), Ok(prepared));
        assert!(prepare(Some(&schema), json(r#"{"topic":null}"#)).is_err());
    }

    #[test]
    fn every_mismatched_field_is_named() {
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
    fn all_mismatches_are_reported_in_the_order_of_the_input() {
        let schema = json(
            r#"{"type":"object","required":["z","y"],"properties":{
            "a":{"type":"string","minLength":5,"pattern":"^[0-9]+$"},
            "b":{"anyOf":[{"type":"null"},{"type":"object","required":["k"],
                "properties":{"n":{"type":"integer"},"m":{"enum":["x"]}}}]},
            "c":{"type":"array","items":{"type":"number"}}}}"#,
        );
        let input = json(r#"{"c":[1,"x",2,"y"],"b":{"m":"q","n":"?"},"a":"abc"}"#);
        let errors = prepare(Some(&schema), input).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(
            fields,
            ["c[1]", "c[3]", "b.m", "b.n", "b.k", "a", "a", "z", "y"],
            "{errors:#?}"
        );
        let many = (0..500).map(|_| "\"x\"").collect::<Vec<_>>().join(",");
        let input = json(&format!(r#"{{"c":[{many}],"z":1,"y":1}}"#));
        let errors = prepare(Some(&schema), input).unwrap_err();
        assert_eq!((errors.len(), errors[19].field.as_str()), (21, "c[19]"));
        assert_eq!(errors[20].to_string(), "and 480 more");
    }

    #[test]
    fn a_schema_that_refers_elsewhere_is_refused_and_not_fetched() {
        let schema = json(r#"{"$ref":"http://127.0.0.1:1/schema.json"}"#);
        let errors = prepare(Some(&schema), Value::Null).unwrap_err();
        assert!(errors[0].message.contains("input_schema"), "{errors:?}");
    }
}
