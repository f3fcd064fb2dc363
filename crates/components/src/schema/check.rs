//! Finds faults in a JSON Schema without any data, each with the path to it.

use engine::{
    Value,
    check::did_you_mean,
    component::LiteralFault,
    template::{PathPart, ValuePath},
};

use super::{MAX_SCHEMA, Schema, options, words};

/// The types of JSON Schema.
const TYPES: [&str; 7] = [
    "string", "number", "integer", "boolean", "array", "object", "null",
];
/// Keywords whose value is a schema or a list of schemas.
const SCHEMAS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is an object of schemas.
const NAMED: &[&str] = &[
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
/// Common wrong names of types, with the right one.
const MEANT: [(&str, &str); 12] = [
    ("str", "string"),
    ("text", "string"),
    ("int", "integer"),
    ("long", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("bool", "boolean"),
    ("list", "array"),
    ("dict", "object"),
    ("map", "object"),
    ("none", "null"),
];

/// The faults that make a schema unusable, and as warnings those that have no effect.
pub fn faults(schema: &Value) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    if schema.size(MAX_SCHEMA) <= MAX_SCHEMA {
        walk(schema, &mut Vec::new(), &mut out);
        if !out.iter().any(|fault| !fault.warning) {
            check_meta_schema(schema, &mut out);
        }
    }
    // The remaining faults: references that do not resolve, and schemas that cost too much.
    if !out.iter().any(|fault| !fault.warning)
        && let Err(why) = Schema::compile(schema)
    {
        out.push(fault(&[], format!("is not a usable JSON Schema: {why}")));
    }
    out
}

fn fault(way: &[PathPart], message: impl Into<String>) -> LiteralFault {
    LiteralFault {
        path: way.to_vec(),
        ..LiteralFault::of_stage(message)
    }
}

fn key(name: &str) -> PathPart {
    PathPart::Field(name.into())
}

/// Checks a schema and all schemas inside it.
fn walk(schema: &Value, way: &mut ValuePath, out: &mut Vec<LiteralFault>) {
    let Some(map) = schema.as_map() else {
        return;
    };
    for (name, value) in map.iter() {
        way.push(key(name));
        match (name.as_ref(), value) {
            ("type", Value::Str(word)) => type_word(word, way, out),
            ("type", Value::List(words)) => {
                for (at, word) in words.iter().enumerate() {
                    way.push(PathPart::Index(at));
                    if let Value::Str(word) = word {
                        type_word(word, way, out);
                    }
                    way.pop();
                }
            }
            ("pattern", Value::Str(pattern)) => pattern_text(pattern, way, out),
            ("format", Value::Str(format)) => format_word(format, way, out),
            (name, Value::Map(named)) if NAMED.contains(&name) => {
                for (inner_name, inner) in named.iter() {
                    way.push(key(inner_name));
                    if name == "patternProperties" {
                        pattern_text(inner_name, way, out);
                    }
                    walk(inner, way, out);
                    way.pop();
                }
            }
            (name, Value::List(items)) if SCHEMAS.contains(&name) => {
                for (at, inner) in items.iter().enumerate() {
                    way.push(PathPart::Index(at));
                    walk(inner, way, out);
                    way.pop();
                }
            }
            (name, Value::Map(_)) if SCHEMAS.contains(&name) => walk(value, way, out),
            _ => {}
        }
        way.pop();
    }
}

fn type_word(word: &str, way: &[PathPart], out: &mut Vec<LiteralFault>) {
    if TYPES.contains(&word) {
        return;
    }
    let shown: String = word.chars().take(60).collect();
    let lower = word.to_lowercase();
    let meant = MEANT.iter().find(|(other, _)| *other == lower);
    let meant = meant.map(|(_, real)| format!("did you mean `{real}`?"));
    let message = format!(
        "is `{shown}`, which is not a JSON Schema type; the types are {}",
        TYPES.join(", ")
    );
    out.push(fault(way, message).suggest(meant.or_else(|| did_you_mean(word, TYPES))));
}

fn pattern_text(pattern: &str, way: &[PathPart], out: &mut Vec<LiteralFault>) {
    let schema = serde_json::json!({ "pattern": pattern });
    if options().build(&schema).is_err() {
        let shown: String = pattern.chars().take(80).collect();
        out.push(fault(
            way,
            format!("is not a valid regular expression: `{shown}`"),
        ));
    }
}

fn format_word(format: &str, way: &[PathPart], out: &mut Vec<LiteralFault>) {
    if options().is_known_format(jsonschema::Draft::default(), format) {
        return;
    }
    let shown: String = format.chars().take(60).collect();
    let message = format!("is `{shown}`, an unknown format, which is not checked");
    out.push(
        fault(way, message)
            .suggest("use a `pattern` to have it checked".to_owned())
            .warn(),
    );
}

/// Validates the schema against the meta-schema of its draft.
fn check_meta_schema(schema: &Value, out: &mut Vec<LiteralFault>) {
    let json = schema.to_serde();
    let draft = jsonschema::Draft::default().detect(&json);
    if draft == jsonschema::Draft::Unknown {
        return;
    }
    if let Err(error) = jsonschema::meta::validate(&json) {
        let way = error.instance_path().to_string();
        let mut path: ValuePath = Vec::new();
        let mut at = Some(schema);
        for part in way.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let index = part.parse::<usize>().ok();
            let index = index.filter(|_| at.is_some_and(|value| value.as_list().is_some()));
            match index {
                Some(index) => {
                    at = at.and_then(|value| value.as_list()?.get(index));
                    path.push(PathPart::Index(index));
                }
                None => {
                    at = at.and_then(|value| value.get(&part));
                    path.push(key(&part));
                }
            }
        }
        let why = words(&error);
        out.push(fault(
            &path,
            format!("is not allowed in a JSON Schema: it {why}"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool)> {
        let schema = Value::parse_json(text).unwrap();
        faults(&schema)
            .into_iter()
            .map(|fault| {
                let way: Vec<String> = fault
                    .path
                    .iter()
                    .map(|part| match part {
                        PathPart::Field(name) => name.to_string(),
                        PathPart::Index(at) => at.to_string(),
                    })
                    .collect();
                (way.join("/"), fault.warning)
            })
            .collect()
    }

    #[test]
    fn a_fault_of_a_schema_is_reported_with_its_path() {
        for (schema, way) in [
            (r#"{"type":"strin"}"#, "type"),
            (r#"{"type":["string","nul"]}"#, "type/1"),
            (
                r#"{"properties":{"a":{"items":{"type":"int"}}}}"#,
                "properties/a/items/type",
            ),
            (r#"{"anyOf":[{},{"type":"Text"}]}"#, "anyOf/1/type"),
            (r#"{"$defs":{"x":{"pattern":"("}}}"#, "$defs/x/pattern"),
            (r#"{"patternProperties":{"[":{}}}"#, "patternProperties/["),
            (r#"{"required":"name"}"#, "required"),
            (r#"{"properties":[]}"#, "properties"),
            (r#"{"minLength":"3"}"#, "minLength"),
            (r#"{"properties":{"type":3}}"#, "properties/type"),
            (r##"{"$ref":"#/$defs/none"}"##, ""),
            (r#"{"$ref":"http://127.0.0.1:1/s.json"}"#, ""),
            (r#""text""#, ""),
        ] {
            assert_eq!(found(schema), [(way.to_owned(), false)], "{schema}");
        }
    }

    #[test]
    fn unknown_formats_are_warnings_and_valid_schemas_have_no_faults() {
        assert_eq!(
            found(r#"{"properties":{"a":{"format":"phone"}}}"#),
            [("properties/a/format".to_owned(), true)]
        );
        for fine in [
            r#"{"type":"object","properties":{"type":{"type":"string","format":"email"}}}"#,
            r##"{"$defs":{"a":{"type":"array","items":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##,
            r#"{"properties":{"pattern":{"enum":["("]}},"default":{"type":"x"},"examples":[{"type":1}]}"#,
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}"#,
            "true",
            "{}",
        ] {
            assert_eq!(found(fine), [], "{fine}");
        }
    }
}
