//! `filter`: whether data meets a condition, or which items of a list do.

use engine::{
    Map, Value,
    component::{StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    lenient::{Flag, Text},
    paths,
};

/// What to look at, and by which condition.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FilterInput {
    /// The data. In `condition` it is `data`, and its fields are names too.
    #[serde(default)]
    data: Value,
    /// An expression (`data.get('total', 0) > 100`, `status == 'open'`).
    #[serde(default)]
    condition: Option<Value>,
    /// Field → the value that it must have, or {gt, gte, lt, lte, ne, in, contains, exists}.
    #[serde(default)]
    field_conditions: Option<Map>,
    /// Whether data passes that is null, or to which the condition cannot be applied because a
    /// field is missing or of another kind.
    #[serde(default)]
    pass_if_missing: Option<Flag>,
    /// `pass_fail`: the data passes or not. `filter_list` (or `filter_array`): each item of a list
    /// does, as `item` with its fields as names. Unless set, a list is filtered when the condition
    /// speaks of `item` and not of `data`.
    #[serde(default)]
    filter_mode: Option<Text>,
    /// Whether the answer is turned round.
    #[serde(default)]
    invert: Option<Flag>,
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FilterOutput {
    /// Whether it passed; of a list: whether any item did.
    passed: bool,
    /// The data if it passed, else null; of a list the items that passed. Also read as `result`.
    data: Value,
    /// How many items of a list did not pass.
    filtered_count: usize,
    /// Why it did not pass.
    reason: String,
}

/// Says whether data meets a condition, or keeps the items of a list that do.
#[operator(
    category = "data",
    timeout_s = 5,
    own_field = "result=data",
    lazy(condition: condition, names = ["data", "item", "*"])
)]
fn filter(ctx: &StageContext, input: FilterInput) -> Result<FilterOutput, StageError> {
    for (field, wanted) in input.field_conditions.iter().flatten() {
        known_tests(field, wanted)?;
    }
    let of_items = input.data.as_list().is_some() && speaks_of_items(&input);
    let mode = match input.filter_mode.as_ref().map_or("", |t| t.0.trim()) {
        "" if of_items => "filter_list",
        mode => mode,
    };
    match mode {
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
                        "`data` must be a list to filter, but it is a {}",
                        input.data.type_name()
                    ),
                ));
            };
            let mut kept = Vec::new();
            let mut broken = None;
            for item in items {
                let (passed, why) = passes(ctx, &input, item)?;
                broken = broken.or(why);
                if passed {
                    kept.push(item.clone());
                }
            }
            let filtered_count = items.len() - kept.len();
            let reason = match kept.is_empty() {
                true => broken.unwrap_or_else(|| "no item meets the condition".to_owned()),
                false => String::new(),
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
            format!("`filter_mode` is `{other}`; it can be pass_fail or filter_list"),
        )),
    }
}

/// Whether it passes; with the reason where the condition could not be applied: a field that is
/// missing or of another kind decides by `pass_if_missing`, it does not fail the stage.
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
        by_condition
            && input
                .field_conditions
                .iter()
                .flatten()
                .all(|(path, wanted)| meets(paths::get(data, path).unwrap_or(&Value::Null), wanted))
    };
    Ok((answer != invert, None))
}

/// Whether the condition names `item` and not `data`: then it is one on each item.
fn speaks_of_items(input: &FilterInput) -> bool {
    let condition = input.condition.as_ref().and_then(Value::as_str);
    let condition = condition.unwrap_or_default();
    let name = |c: char| !(c.is_alphanumeric() || c == '_');
    let names = |word: &str| condition.split(name).any(|part| part == word);
    names("item") && !names("data")
}

/// The tests that `field_conditions` knows.
const TESTS: &[&str] = &[
    "eq",
    "equals",
    "ne",
    "not_equals",
    "gt",
    "gte",
    "ge",
    "lt",
    "lte",
    "le",
    "in",
    "nin",
    "not_in",
    "contains",
    "exists",
];

fn is_test(name: &str) -> bool {
    TESTS.contains(&name.trim_start_matches('$'))
}

/// A misspelt test beside others would fail every row in silence.
fn known_tests(field: &str, wanted: &Value) -> Result<(), StageError> {
    let Value::Map(tests) = wanted else {
        return Ok(());
    };
    match tests.keys().find(|name| !is_test(name)) {
        Some(unknown) if unknown.starts_with('$') || tests.keys().any(|name| is_test(name)) => {
            Err(StageError::new(
                ErrorCode::StageInput,
                format!(
                    "`field_conditions.{field}` has no test `{unknown}`; there are eq, ne, gt, \
                     gte, lt, lte, in, nin, contains, exists"
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// Whether a field's value is as wanted. An object without a test is a value like any other.
fn meets(found: &Value, wanted: &Value) -> bool {
    let tests = match wanted {
        Value::Map(tests) if tests.keys().any(|name| is_test(name)) => tests,
        _ => return same(found, wanted),
    };
    tests.iter().all(|(test, bound)| {
        let order = || {
            found
                .as_f64()
                .zip(bound.as_f64())
                .and_then(|(a, b)| a.partial_cmp(&b))
        };
        match test.trim_start_matches('$') {
            "eq" | "equals" => same(found, bound),
            "ne" | "not_equals" => !same(found, bound),
            "gt" => order().is_some_and(|o| o.is_gt()),
            "gte" | "ge" => order().is_some_and(|o| o.is_ge()),
            "lt" => order().is_some_and(|o| o.is_lt()),
            "lte" | "le" => order().is_some_and(|o| o.is_le()),
            "in" => bound
                .as_list()
                .is_some_and(|items| items.iter().any(|i| same(found, i))),
            "nin" | "not_in" => !bound
                .as_list()
                .is_some_and(|items| items.iter().any(|i| same(found, i))),
            "contains" => match found {
                Value::Str(s) => bound.as_str().is_some_and(|b| s.contains(b)),
                Value::List(items) => items.iter().any(|i| same(i, bound)),
                _ => false,
            },
            "exists" => (*found != Value::Null) == bound.truthy(),
            _ => false,
        }
    })
}

/// Equal, also across whole numbers and doubles.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a == b)
}
