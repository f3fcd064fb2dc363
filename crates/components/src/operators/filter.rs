//! `filter`: checks whether data meets a condition, or which items of a list do.

use engine::{
    Map, Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use super::field_conditions;
use crate::lenient::{Flag, Text};

/// The input of `filter`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FilterInput {
    /// The data. `condition` can read it as `data`, and its fields by their names.
    #[serde(default)]
    data: Value,
    /// An expression, such as `data.get('total', 0) > 100` or `status == 'open'`.
    #[serde(default)]
    condition: Option<Value>,
    /// Each field with its required value or its tests: eq, ne, gt, gte, lt, lte, in, nin,
    /// contains, not_contains, starts_with, ends_with, exists. Numbers and dates written as text
    /// are compared as numbers and dates.
    #[serde(default)]
    field_conditions: Option<Map>,
    /// Whether data passes if it is null, or if the condition cannot be applied because a field is
    /// missing or has the wrong type; false by default.
    #[serde(default)]
    pass_if_missing: Option<Flag>,
    /// `pass_fail` tests the data as a whole. `filter_list` (or `filter_array`) tests each item of
    /// a list; the condition can read it as `item`, and its fields by their names. By default a
    /// list is filtered if the condition uses `item` and not `data`.
    #[serde(default)]
    #[schemars(extend(
        "enum" = ["pass_fail", "filter_list", null],
        "x-any-case" = true,
        "x-also" = ["filter_array", "list", "array"]
    ))]
    filter_mode: Option<Text>,
    /// Whether the result is negated; false by default.
    #[serde(default)]
    invert: Option<Flag>,
}

/// The output of `filter`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FilterOutput {
    /// Whether the data passed; for a list, whether any item passed.
    passed: bool,
    /// The data if it passed, otherwise null; for a list, the items that passed. Can also be read
    /// as `result`.
    data: Value,
    /// The number of list items that did not pass.
    filtered_count: usize,
    /// Why the data did not pass, or for how many items the condition could not be applied, and
    /// why.
    reason: String,
}

/// Checks whether data meets a condition, or keeps the items of a list that do.
#[operator(
    category = "data",
    timeout_s = 5,
    own_field = "result=data",
    literals = literals,
    lazy(condition: condition, names = ["data", "item", "*"])
)]
fn filter(ctx: &StageContext, input: FilterInput) -> Result<FilterOutput, StageError> {
    let no_conditions = Map::default();
    let fields = input.field_conditions.as_ref().unwrap_or(&no_conditions);
    field_conditions::check(fields)?;
    let of_items = input.data.as_list().is_some() && speaks_of_items(&input);
    let mode = input
        .filter_mode
        .as_ref()
        .map(|t| t.0.trim().to_lowercase());
    let mode = match mode.unwrap_or_default() {
        none if none.is_empty() && of_items => "filter_list".to_owned(),
        mode => mode,
    };
    match mode.as_str() {
        "pass_fail" | "" => {
            let (passed, why) = passes(ctx, &input, &input.data)?;
            let reason = match (passed, why) {
                (_, Some(why)) => why,
                (true, None) => String::new(),
                (false, None) if input.data == Value::Null => "the data is null".to_owned(),
                (false, None) => "the condition is not met".to_owned(),
            };
            Ok(FilterOutput {
                passed,
                data: if passed { input.data } else { Value::Null },
                filtered_count: 0,
                reason,
            })
        }
        "filter_list" | "filter_array" | "list" | "array" => {
            let Some(items) = input.data.as_list() else {
                return Err(StageError::new(
                    ErrorCode::StageInput,
                    format!(
                        "`data` must be a list to filter, not {}",
                        input.data.type_phrase()
                    ),
                ));
            };
            let mut kept = Vec::new();
            let mut not_applied = 0_usize;
            let mut first = None;
            for (place, item) in items.iter().enumerate() {
                let (passed, why) = passes(ctx, &input, item)?;
                if let Some(why) = why {
                    not_applied += 1;
                    first = first.or(Some((place, why)));
                }
                if passed {
                    kept.push(item.clone());
                }
            }
            let filtered_count = items.len() - kept.len();
            let reason = match first {
                Some((place, why)) => format!(
                    "the condition could not be applied to {not_applied} of {} items; first, item \
                     {place}: {why}",
                    items.len()
                ),
                None if kept.is_empty() => "no item meets the condition".to_owned(),
                None => String::new(),
            };
            Ok(FilterOutput {
                passed: !kept.is_empty(),
                data: kept.into(),
                filtered_count,
                reason,
            })
        }
        other => Err(StageError::new(
            ErrorCode::StageInput,
            format!("`filter_mode` is `{other}`; it must be pass_fail or filter_list"),
        )),
    }
}

/// Reports unknown tests, and a list mode for data that is not a list.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    if let Some(Value::Map(fields)) = given.get("field_conditions") {
        out.extend(field_conditions::faults(fields));
    }
    let mode = given.text("filter_mode").unwrap_or_default();
    if let Some(data) = given.get("data")
        && data.as_list().is_none()
        && matches!(
            mode.trim().to_lowercase().as_str(),
            "filter_list" | "filter_array" | "list" | "array"
        )
    {
        let message = format!("must be a list to filter, not {}", data.type_phrase());
        out.push(LiteralFault::new("data", message));
    }
    out
}

/// Whether the data passes. If the condition cannot be applied because a field is missing or has
/// the wrong type, the stage does not fail: `pass_if_missing` decides, and the reason is returned
/// too.
fn passes(
    ctx: &StageContext,
    input: &FilterInput,
    data: &Value,
) -> Result<(bool, Option<String>), StageError> {
    let missing = input.pass_if_missing.is_some_and(|f| f.0);
    let invert = input.invert.is_some_and(|f| f.0);
    let answer = if *data == Value::Null {
        missing
    } else {
        let locals = [("data", data.clone()), ("item", data.clone())];
        let by_condition = match ctx.lazy.eval("condition", &locals, Some(data)) {
            Ok(Some(answer)) => answer.truthy(),
            Ok(None) => true,
            Err(error)
                if matches!(
                    error.code,
                    ErrorCode::TypeMismatch | ErrorCode::MissingPath | ErrorCode::EvaluationFailed
                ) =>
            {
                return Ok((missing != invert, Some(error.message)));
            }
            Err(error) => return Err(error),
        };
        match (&input.field_conditions, by_condition) {
            (Some(fields), true) => match field_conditions::meets(data, fields)? {
                Ok(answer) => answer,
                Err(why) => return Ok((missing != invert, Some(why))),
            },
            (_, by_condition) => by_condition,
        }
    };
    Ok((answer != invert, None))
}

/// Whether the condition uses `item` and not `data`, so that it applies to each item.
fn speaks_of_items(input: &FilterInput) -> bool {
    let condition = input.condition.as_ref().and_then(Value::as_str);
    let condition = condition.unwrap_or_default();
    let name = |c: char| !(c.is_alphanumeric() || c == '_');
    let names = |word: &str| condition.split(name).any(|part| part == word);
    names("item") && !names("data")
}
