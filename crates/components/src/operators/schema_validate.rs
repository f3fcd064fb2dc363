//! `schema_validate`: checks data against a JSON Schema. Nothing is fetched: a reference to another
//! document is an error (case X09).

use engine::{
    Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    lenient::Flag,
    model,
    schema::{self, Mismatch, Schema, SchemaError},
};

/// The input of `schema_validate`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SchemaValidateInput {
    /// The data. If it is text that does not match the schema, JSON in it is parsed first, even in
    /// a code fence or between other text.
    data: Value,
    /// The JSON Schema.
    #[schemars(extend("x-synonyms" = ["json_schema"]))]
    schema: Value,
    /// Whether data that does not match fails the stage; false by default, so that later stages can
    /// read `valid` and `errors`.
    #[serde(default)]
    strict: Option<Flag>,
    /// Whether values are converted to the expected types, such as `"5"` to 5; false by default.
    #[serde(default)]
    coerce_types: Option<Flag>,
    /// Whether all errors are listed or only the first; true by default.
    #[serde(default)]
    collect_all_errors: Option<Flag>,
}

/// The output of `schema_validate`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SchemaValidateOutput {
    /// Whether the data is valid.
    valid: bool,
    /// The data, parsed, and with converted types if `coerce_types` is set.
    data: Value,
    /// The errors, in the order of the data; at most 100.
    errors: Vec<Mismatch>,
    /// The number of all errors.
    error_count: usize,
}

/// Checks data against a JSON Schema.
///
/// For data that does not match, `valid` is false and `errors` says why; with `strict: true` the
/// stage fails. Existing pipelines branch on `valid` without setting `strict`, so that is the
/// default.
#[operator(category = "data", timeout_s = 10, literals = literals, heavy = ["schema", "json_schema"])]
fn schema_validate(
    _ctx: &StageContext,
    input: SchemaValidateInput,
) -> Result<SchemaValidateOutput, StageError> {
    let schema = Schema::compile(&input.schema).map_err(|SchemaError(why)| {
        StageError::new(
            ErrorCode::StageInput,
            format!("`schema` is not a usable JSON Schema: {why}"),
        )
    })?;
    let coerce = input.coerce_types.is_some_and(|f| f.0);
    let ready = |data: Value| match coerce {
        true => coerced(data, &input.schema),
        false => data,
    };
    let data = match input.data.as_str() {
        Some(text) if !schema.errors(&input.data).is_empty() => {
            let mut read = json_in(text).into_iter().map(&ready);
            let first = read.next();
            match first {
                // Uses the first candidate that matches, otherwise the likeliest one for its
                // errors.
                Some(first) if !schema.errors(&first).is_empty() => read
                    .find(|other| schema.errors(other).is_empty())
                    .unwrap_or(first),
                Some(first) => first,
                None => ready(input.data.clone()),
            }
        }
        _ => ready(input.data.clone()),
    };
    let found = schema.errors(&data);
    let error_count = found.total;
    if error_count > 0 && input.strict.is_some_and(|f| f.0) {
        let told: Vec<String> = found.told().iter().map(ToString::to_string).collect();
        return Err(StageError::new(
            ErrorCode::SchemaMismatch,
            format!("The data does not match the schema: {}", told.join("; ")),
        ));
    }
    let mut errors = found.listed;
    if input.collect_all_errors.is_some_and(|f| !f.0) {
        errors.truncate(1);
    }
    Ok(SchemaValidateOutput {
        valid: error_count == 0,
        data,
        errors,
        error_count,
    })
}

/// The JSON values in a text, the likeliest first: the whole text, or JSON between other text, as
/// models write it.
fn json_in(text: &str) -> Vec<Value> {
    if let Ok(whole) = Value::parse_json(text) {
        return vec![whole];
    }
    let (text, _) = model::split_thoughts(text);
    let found = model::search(&text);
    // Parts of JSON that breaks off are not the answer.
    let candidates = found.candidates.iter().filter(|_| !found.cut);
    candidates
        .filter_map(|json| Value::from_json(json).ok())
        .collect()
}

/// Reports the faults of a literal schema.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let faults = given.get("schema").map(schema::faults).unwrap_or_default();
    let under = |fault: LiteralFault| LiteralFault {
        path: LiteralFault::new("schema", "").inside(fault.path).path,
        ..fault
    };
    faults.into_iter().map(under).collect()
}

/// Converts scalars to the types that the schema expects, if they can be converted exactly.
fn coerced(data: Value, schema: &Value) -> Value {
    let wanted = schema.get("type").and_then(Value::as_str);
    match (&data, wanted) {
        (Value::Str(s), Some("integer")) => s.trim().parse().map_or(data, Value::Int),
        (Value::Str(s), Some("number")) => {
            let number = s.trim().parse::<i64>().map(Value::Int);
            number
                .ok()
                .or_else(|| s.trim().parse().ok().map(|f: f64| f.into()))
                .unwrap_or(data)
        }
        (Value::Str(s), Some("boolean")) => match s.trim() {
            "true" => true.into(),
            "false" => false.into(),
            _ => data,
        },
        (Value::Int(_) | Value::Float(_) | Value::Bool(_), Some("string")) => data.to_text().into(),
        (Value::Map(map), _) => map
            .iter()
            .map(|(key, value)| {
                let inner = schema.get("properties").and_then(|p| p.get(key));
                (
                    key.clone(),
                    inner.map_or_else(|| value.clone(), |s| coerced(value.clone(), s)),
                )
            })
            .collect(),
        (Value::List(items), _) => match schema.get("items") {
            Some(inner) => items
                .iter()
                .map(|item| coerced(item.clone(), inner))
                .collect(),
            None => data,
        },
        _ => data,
    }
}
