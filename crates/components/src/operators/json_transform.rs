//! `json_transform`: transforms data with a template, a JMESPath expression or a mapping.

use engine::{
    Map, Value,
    component::{LiteralFault, Literals, StageContext, StageError, read_input},
    expr::Budget,
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    jmespath,
    lenient::{Flag, Texts},
    model::find_json,
    paths,
};

/// The data and how to transform it. One of `template`, `jmespath_expression` and `mapping` defines
/// the result; without any of them, only the other fields are applied to the data.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct JsonTransformInput {
    /// The data. `template` can read it as `data`.
    #[serde(default)]
    data: Value,
    /// The result, as a value whose texts may contain templates.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    template: Option<Value>,
    /// A JMESPath expression over the data.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["jmespath", "expression"]))]
    jmespath_expression: Option<String>,
    /// New field names, each with a path in the data (`customer.name`, `items[0].id`). A field
    /// whose path does not exist gets its value from `defaults`, or null.
    #[serde(default)]
    mapping: Option<Map>,
    /// Values for fields that are missing or null in the result.
    #[serde(default)]
    defaults: Option<Map>,
    /// Whether nested objects and lists become fields with names like `customer.name` and
    /// `tags[0]`; false by default.
    #[serde(default)]
    flatten: Option<Flag>,
    /// Names of fields to leave out of the result.
    #[serde(default)]
    exclude_fields: Option<Texts>,
    /// Whether data that is JSON text is parsed first; true by default.
    #[serde(default)]
    parse_json_strings: Option<Flag>,
}

/// The output of `json_transform`. With `template`, the output is the template's result instead.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = true))]
pub struct JsonTransformOutput {
    /// The transformed data.
    result: Value,
    /// The number of fields whose `mapping` path exists.
    fields_mapped: usize,
    /// The fields whose `mapping` path does not exist.
    fields_missing: Vec<String>,
}

/// Transforms data with a template, a JMESPath expression or a mapping.
///
/// With `template`, the template's result is the output itself (`upstream.shape.total`). It can
/// also be read as `upstream.shape.result`.
#[operator(
    category = "data",
    timeout_s = 10,
    own_field = "result",
    literals = literals,
    heavy = ["jmespath_expression", "jmespath", "expression"],
    lazy(template: template, names = ["data"]),
    input = JsonTransformInput,
    output = JsonTransformOutput
)]
fn json_transform(ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    // The common case, only a template and data, does not need the other fields.
    let plain = input.as_map().is_some_and(|m| {
        m.contains_key("template") && m.keys().all(|k| matches!(k.as_ref(), "data" | "template"))
    });
    let mut fields = match plain {
        true => JsonTransformInput {
            data: input.get("data").cloned().unwrap_or_default(),
            ..JsonTransformInput::default()
        },
        false => read_input::<JsonTransformInput>(&input)?,
    };
    if fields.parse_json_strings.is_none_or(|f| f.0) {
        let shapes = input.get("template").is_none_or(|t| *t == Value::Null);
        fields.data = parsed(fields.data, shapes);
    }
    if input.get("template").is_some_and(|t| *t != Value::Null)
        && let Some(made) = ctx
            .lazy
            .eval("template", &[("data", fields.data.clone())], None)?
    {
        return Ok(finish(made, &fields));
    }
    if let Some(expression) = &fields.jmespath_expression {
        let mut budget = Budget::standard()
            .with_cancel(ctx.cancel.clone())
            .with_memory(ctx.memory.empty());
        let found = jmespath::search(expression, &fields.data, &mut budget)?;
        return Ok(answer(finish(found, &fields), 1, Vec::new()));
    }
    let Some(mapping) = fields.mapping.take() else {
        let data = excluded(fields.data.clone(), &fields);
        return Ok(answer(finish(data, &fields), 0, Vec::new()));
    };
    let mut out = Map::default();
    let mut missing = Vec::new();
    let mut mapped = 0;
    for (name, path) in &mapping {
        let path = path.to_text();
        match paths::get(&fields.data, path.strip_prefix("data.").unwrap_or(&path)) {
            Some(found) => {
                mapped += 1;
                out.insert(name.clone(), found.clone());
            }
            None => {
                missing.push(name.to_string());
                out.insert(name.clone(), Value::Null);
            }
        }
    }
    Ok(answer(
        finish(excluded(out.into(), &fields), &fields),
        mapped,
        missing,
    ))
}

/// Reports an invalid JMESPath expression.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let text = given.text("jmespath_expression");
    let wrong = text.and_then(|text| jmespath::check(text).err());
    wrong
        .map(|(message, at)| {
            let fault = LiteralFault::new(
                "jmespath_expression",
                format!("is not a usable JMESPath expression: {message}"),
            );
            match at {
                Some(at) => fault.at(at),
                None => fault,
            }
        })
        .into_iter()
        .collect()
}

fn answer(result: Value, mapped: usize, missing: Vec<String>) -> Value {
    let missing: Value = missing.into_iter().map(Value::from).collect();
    [
        ("result", result),
        ("fields_mapped", mapped.into()),
        ("fields_missing", missing),
    ]
    .into_iter()
    .collect()
}

/// Parses data that is JSON text; other values are returned unchanged. Models often put JSON in a
/// code fence or between other text; with `anywhere`, it is found there too.
fn parsed(data: Value, anywhere: bool) -> Value {
    let Some(text) = data.as_str().map(str::trim) else {
        return data;
    };
    let whole = Value::parse_json(text)
        .ok()
        .filter(|_| anywhere || text.starts_with(['{', '[']));
    let found = || {
        let inside = (anywhere || text.starts_with("```"))
            .then(|| find_json(text))
            .flatten()?;
        Value::from_json(&inside).ok()
    };
    match whole.or_else(found) {
        Some(read) => read,
        None => data,
    }
}

fn excluded(data: Value, fields: &JsonTransformInput) -> Value {
    match (&data, &fields.exclude_fields) {
        (Value::Map(map), Some(Texts(names))) if !names.is_empty() => map
            .iter()
            .filter(|(key, _)| !names.iter().any(|n| n == key.as_ref()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        (Value::List(items), Some(Texts(names))) if !names.is_empty() => items
            .iter()
            .map(|item| excluded(item.clone(), fields))
            .collect(),
        _ => data,
    }
}

/// Applies `defaults`, then `flatten`.
fn finish(value: Value, fields: &JsonTransformInput) -> Value {
    let mut value = value;
    if let (Value::Map(map), Some(defaults)) = (&value, &fields.defaults) {
        let mut out = Map::clone(map);
        for (key, default) in defaults {
            if out.get(key).is_none_or(|v| *v == Value::Null) {
                out.insert(key.clone(), default.clone());
            }
        }
        value = out.into();
    }
    if fields.flatten.is_some_and(|f| f.0)
        && let Value::Map(map) = &value
    {
        let mut out = Map::default();
        flatten(map, "", &mut out);
        value = out.into();
    }
    value
}

fn flatten(map: &Map, prefix: &str, out: &mut Map) {
    for (key, value) in map {
        let name = if prefix.is_empty() {
            key.to_string()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Map(inner) if !inner.is_empty() => flatten(inner, &name, out),
            Value::List(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                let items = items.map(|(at, item)| (format!("[{at}]").into(), item.clone()));
                flatten_items(&items.collect(), &name, out);
            }
            other => drop(out.insert(name.into(), other.clone())),
        }
    }
}

/// Flattens the items of a list to fields like `tags[0]` and `rows[1].id`.
fn flatten_items(items: &Map, prefix: &str, out: &mut Map) {
    for (place, item) in items {
        let name = format!("{prefix}{place}");
        match item {
            Value::Map(inner) if !inner.is_empty() => flatten(inner, &name, out),
            other => drop(out.insert(name.into(), other.clone())),
        }
    }
}
