//! A value of the shape of a component's output, for a stage that has no recorded one.

use serde_json::{Map, Value as Json};

use crate::{Value, component::Descriptor};

/// The placeholder for a text.
pub(super) const PLACEHOLDER: &str = "(placeholder)";

/// How deep the value is at most.
const DEEPEST: usize = 6;

/// A placeholder for the output of a component.
pub(super) fn placeholder(component: &Descriptor) -> Value {
    let schema = (component.output_schema)();
    Value::from_json(&made(&schema, &schema, DEEPEST)).unwrap_or_default()
}

fn made(schema: &Json, root: &Json, deepest: usize) -> Json {
    let Some(deepest) = deepest.checked_sub(1) else {
        return Json::Null;
    };
    if let Some(value) = schema.get("const").or_else(|| schema.get("default")) {
        return value.clone();
    }
    if let Some(first) = list(schema, "enum").first() {
        return first.clone();
    }
    let referred = schema
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|to| root.pointer(to.strip_prefix('#')?));
    if let Some(referred) = referred {
        return made(referred, root, deepest);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        let choices = list(schema, key);
        let is_null = |choice: &&Json| choice.get("type").and_then(Json::as_str) == Some("null");
        if let Some(choice) = choices.iter().find(|choice| !is_null(choice)) {
            return made(choice, root, deepest);
        }
    }
    match kind(schema) {
        Some("string") => PLACEHOLDER.into(),
        Some("integer" | "number") => 0.into(),
        Some("boolean") => false.into(),
        Some("array") => Json::Array(Vec::new()),
        Some("object") => {
            let fields = schema.get("properties").and_then(Json::as_object);
            let fields = fields.into_iter().flatten();
            let made: Map<String, Json> = fields
                .map(|(name, field)| (name.clone(), made(field, root, deepest)))
                .collect();
            Json::Object(made)
        }
        _ => Json::Null,
    }
}

/// The type; of several, the first that is not null.
fn kind(schema: &Json) -> Option<&str> {
    match schema.get("type")? {
        Json::String(one) => Some(one.as_str()),
        Json::Array(several) => several
            .iter()
            .filter_map(Json::as_str)
            .find(|one| *one != "null"),
        _ => None,
    }
}

fn list<'j>(schema: &'j Json, key: &str) -> &'j [Json] {
    schema
        .get(key)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_placeholder_has_the_fields_of_the_schema_and_ends_where_a_schema_contains_itself() {
        let schema = json!({
            "type": "object",
            "properties": {
                "content": { "type": "string" },
                "tokens": { "type": ["integer", "null"] },
                "thoughts": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
                "kind": { "enum": ["a", "b"] },
                "any": true,
                "items": { "type": "array" },
            },
        });
        let expected = json!({ "content": "(placeholder)", "tokens": 0, "thoughts": false,
            "kind": "a", "any": null, "items": [] });
        assert_eq!(made(&schema, &schema, DEEPEST), expected);

        let endless = json!({
            "$ref": "#/$defs/node",
            "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" } } } },
        });
        let made = made(&endless, &endless, DEEPEST);
        assert!(made["next"].is_object(), "{made}");
    }
}
