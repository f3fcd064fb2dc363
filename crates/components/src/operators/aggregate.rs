//! `aggregate`: groups rows and computes over each group.

use engine::{
    Map, Value,
    component::{StageContext, StageError},
    operator,
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    lenient::{Text, Texts, num_of},
    paths,
};

/// The rows, how to group them and what to compute.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AggregateInput {
    /// A list of objects.
    #[serde(alias = "rows", alias = "items")]
    #[schemars(extend("x-synonyms" = ["rows", "items"]))]
    data: Vec<Value>,
    /// What to compute.
    aggregations: Vec<Aggregation>,
    /// The fields that rows of one group have in common; without, all rows are one group.
    #[serde(default)]
    group_by: Option<Texts>,
    /// Keeps the groups for which this is true; their fields are names (`total > 10`).
    #[serde(default)]
    #[allow(dead_code, reason = "evaluated by the context, with names of its own")]
    having: Option<Value>,
}

/// One computed field.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Aggregation {
    /// The field of the rows; `*` or absent for `count`.
    #[serde(default, alias = "column")]
    field: Option<Text>,
    /// `sum`, `avg`, `min`, `max`, `count`, `count_distinct`, `first`, `last`, `list`, `distinct`.
    #[serde(alias = "function", alias = "op", alias = "func")]
    operation: Text,
    /// Its name in the result; `sum_amount` and so on when absent.
    #[serde(default, alias = "as", alias = "name", alias = "output")]
    alias: Option<Text>,
}

/// The groups.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AggregateOutput {
    /// Always true: what cannot be computed fails the stage.
    success: bool,
    /// One object per group, in the order of first sight.
    data: Vec<Value>,
    /// How many groups there are.
    row_count: usize,
    /// How many rows and groups there were.
    metadata: Value,
}

/// Groups rows and computes sums, averages, counts and more over each group.
#[operator(
    category = "data",
    timeout_s = 60,
    lazy(having: condition, names = ["group", "*"])
)]
fn aggregate(ctx: &StageContext, input: AggregateInput) -> Result<AggregateOutput, StageError> {
    let group_by = input.group_by.map(|t| t.0).unwrap_or_default();
    let mut groups: IndexMap<String, (Map, Vec<&Value>)> = IndexMap::new();
    if group_by.is_empty() {
        groups.insert(String::new(), Default::default());
    }
    for row in &input.data {
        let keys: Map = group_by
            .iter()
            .map(|path| {
                (
                    path.as_str().into(),
                    paths::get(row, path).cloned().unwrap_or_default(),
                )
            })
            .collect();
        // The key as JSON tells 1 from "1".
        let key = Value::from(keys.clone()).to_json();
        let key = if group_by.is_empty() {
            String::new()
        } else {
            key
        };
        groups
            .entry(key)
            .or_insert_with(|| (keys, Vec::new()))
            .1
            .push(row);
    }
    let total = groups.len();
    let mut data = Vec::new();
    for (keys, rows) in groups.into_values() {
        let mut out = keys;
        for aggregation in &input.aggregations {
            let (name, value) = compute(aggregation, &rows)?;
            out.insert(name.into(), value);
        }
        let group = Value::from(out);
        let kept = ctx
            .lazy
            .eval("having", &[("group", group.clone())], Some(&group))?;
        if kept.is_none_or(|k| k.truthy()) {
            data.push(group);
        }
    }
    let metadata = [
        ("input_rows", Value::from(input.data.len())),
        ("groups", total.into()),
    ];
    Ok(AggregateOutput {
        success: true,
        row_count: data.len(),
        data,
        metadata: metadata.into_iter().collect(),
    })
}

fn compute(aggregation: &Aggregation, rows: &[&Value]) -> Result<(String, Value), StageError> {
    let field = aggregation.field.as_ref().map_or("", |t| t.0.as_str());
    let operation = aggregation.operation.0.to_lowercase();
    let name = aggregation
        .alias
        .as_ref()
        .map(|t| t.0.clone())
        .unwrap_or_else(|| match field {
            "" | "*" => operation.clone(),
            field => format!("{operation}_{field}"),
        });
    if matches!(field, "" | "*") {
        return match operation.as_str() {
            "count" => Ok((name, rows.len().into())),
            "list" => Ok((name, rows.iter().map(|r| (*r).clone()).collect())),
            _ => Err(StageError::new(
                ErrorCode::StageInput,
                format!("`{operation}` needs a field; only `count` and `list` work on whole rows"),
            )),
        };
    }
    // As in SQL, null and absent do not count.
    let values: Vec<&Value> = rows
        .iter()
        .filter_map(|r| paths::get(r, field))
        .filter(|v| **v != Value::Null)
        .collect();
    let value = match operation.as_str() {
        "count" => values.len().into(),
        "count_distinct" | "nunique" => distinct(&values).len().into(),
        "first" => values.first().copied().cloned().unwrap_or_default(),
        "last" => values.last().copied().cloned().unwrap_or_default(),
        "list" | "collect" => values.into_iter().cloned().collect(),
        "distinct" | "unique" => distinct(&values).into(),
        "sum" => sum(field, &values)?,
        "avg" | "mean" | "average" => match values.len() {
            0 => Value::Null,
            count => (as_f64(field, &sum(field, &values)?)? / count as f64).into(),
        },
        "min" => extreme(field, &values, std::cmp::Ordering::is_lt)?,
        "max" => extreme(field, &values, std::cmp::Ordering::is_gt)?,
        other => {
            return Err(StageError::new(
                ErrorCode::StageInput,
                format!(
                    "the operation `{other}` does not exist; there are sum, avg, min, max, count, \
                     count_distinct, first, last, list, distinct"
                ),
            ));
        }
    };
    Ok((name, value))
}

fn distinct(values: &[&Value]) -> Vec<Value> {
    let seen: IndexMap<String, &Value> = values.iter().rev().map(|v| (v.to_json(), *v)).collect();
    seen.into_values().rev().cloned().collect()
}

/// Whole numbers stay whole; one that no longer fits is an error, never rounded.
fn sum(field: &str, values: &[&Value]) -> Result<Value, StageError> {
    if values.iter().all(|v| matches!(v, Value::Int(_))) {
        let total = values
            .iter()
            .filter_map(|v| v.as_int())
            .try_fold(0_i64, i64::checked_add);
        return total.map(Value::Int).ok_or_else(|| {
            StageError::new(
                ErrorCode::ValueOutOfRange,
                format!("the sum of `{field}` does not fit into 64 bits"),
            )
        });
    }
    values
        .iter()
        .try_fold(0.0, |total, v| Ok(total + as_f64(field, v)?))
        .map(Value::from)
}

fn as_f64(field: &str, value: &Value) -> Result<f64, StageError> {
    num_of(value).ok_or_else(|| {
        let shown: String = value.to_json().chars().take(60).collect();
        StageError::new(
            ErrorCode::TypeMismatch,
            format!("`{field}` must be a number to compute with, but it is {shown}"),
        )
    })
}

fn extreme(
    field: &str,
    values: &[&Value],
    better: fn(std::cmp::Ordering) -> bool,
) -> Result<Value, StageError> {
    let mut best: Option<&Value> = None;
    for value in values {
        let wins = match (best, value) {
            (None, _) => true,
            (Some(Value::Str(a)), Value::Str(b)) => better(b.cmp(a)),
            (Some(a), b) => better(as_f64(field, b)?.total_cmp(&as_f64(field, a)?)),
        };
        if wins {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or_default())
}
