//! `schema_validate`: whether data fits a JSON schema. Nothing is fetched: a reference to another
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

/// The data and the schema.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SchemaValidateInput {
    /// The data. JSON text, also in a code fence or between words, is parsed first when the
    /// schema does not expect text.
    data: Value,
    /// The JSON schema.
    #[schemars(extend("x-synonyms" = ["json_schema"]))]
    schema: Value,
    /// `true`: data that does not fit fails the stage. Otherwise later stages decide by
    /// `valid` and `errors`.
    #[serde(default)]
    strict: Option<Flag>,
    /// Whether `"5"` may stand for 5 where a number is expected, and so on.
    #[serde(default)]
    coerce_types: Option<Flag>,
    /// Whether all errors are listed (the default) or only the first.
    #[serde(default)]
    collect_all_errors: Option<Flag>,
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SchemaValidateOutput {
    /// Whether the data is valid.
    valid: bool,
    /// The data, parsed, and with types changed if `coerce_types` is set.
    data: Value,
    /// What does not fit, in the order of the data: every field, and all that is wrong with each;
    /// at most 100.
    errors: Vec<Mismatch>,
    /// How many there are in all.
    error_count: usize,
}

/// Checks data against a JSON schema.
///
/// Data that does not fit gives `valid: false`, and `errors` says why; with `strict: true` it fails
/// the stage. Published files branch on `valid` and leave `strict` out, so that is the default.
#[operator(category = "data", timeout_s = 10, literals = literals, heavy = ["schema", "json_schema"])]
fn schema_validate(
    _ctx: &StageContext,
    input: SchemaValidateInput,
) -> Result<SchemaValidateOutput, StageError> {
    let schema = Schema::compile(&input.schema).map_err(|SchemaError(why)| {
        StageError::new(
            ErrorCode::StageInput,
            format!("`schema` is not a usable JSON schema: {why}"),
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
                // Of several the one that fits; the likeliest one says what is wrong.
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
            format!("The data does not fit the schema: {}", told.join("; ")),
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

/// The JSON in a text, as a whole or as models write it, the likeliest first.
fn json_in(text: &str) -> Vec<Value> {
    if let Ok(whole) = Value::parse_json(text) {
        return vec![whole];
    }
    let (text, _) = model::split_thoughts(text);
    let found = model::search(&text);
    // What broke off is no answer, and its parts are none either.
    let candidates = found.candidates.iter().filter(|_| !found.cut);
    candidates
        .filter_map(|json| Value::from_json(json).ok())
        .collect()
}

/// A schema must be one.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let faults = given.get("schema").map(schema::faults).unwrap_or_default();
    let under = |fault: LiteralFault| LiteralFault {
        path: LiteralFault::new("schema", "").inside(fault.path).path,
        ..fault
    };
    faults.into_iter().map(under).collect()
}

/// Texts as the numbers and truths that the schema wants, where they say exactly that.
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
