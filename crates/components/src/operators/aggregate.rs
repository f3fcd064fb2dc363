//! `aggregate`: groups rows and computes values for each group.

use std::{cmp::Ordering, collections::HashSet};

use engine::{
    Map, Value,
    check::did_you_mean,
    component::{LiteralFault, Literals, StageContext, StageError},
    operator,
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    comparison::{self, Key, Kind},
    lenient::{Text, Texts, num_of, text_of},
    paths,
};

/// The input of `aggregate`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AggregateInput {
    /// The rows: a list of objects.
    #[schemars(extend("x-synonyms" = ["rows", "items"]))]
    data: Vec<Value>,
    /// The values to compute for each group.
    aggregations: Vec<Aggregation>,
    /// The fields by which rows are grouped; by default all rows are one group.
    #[serde(default)]
    group_by: Option<Texts>,
    /// Keeps only the groups for which this expression is true. It can read the group's fields by
    /// their names, as in `total > 10`.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    having: Option<Value>,
}

/// One computed field.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Aggregation {
    /// The field of the rows. With `count` and `list`, `*` or no field means whole rows.
    #[serde(default, alias = "column")]
    field: Option<Text>,
    /// `sum`, `avg`, `min`, `max`, `count`, `count_distinct`, `first`, `last`, `list`, `distinct`.
    #[schemars(extend(
        "enum" = ["sum", "avg", "min", "max", "count", "count_distinct", "first", "last", "list", "distinct"],
        "x-any-case" = true,
        "x-also" = ["mean", "average", "nunique", "collect", "unique"]
    ))]
    #[serde(alias = "function", alias = "op", alias = "func")]
    operation: Text,
    /// The name of the field in the result; by default the operation and the field, as in
    /// `sum_amount`.
    #[serde(default, alias = "as", alias = "name", alias = "output")]
    alias: Option<Text>,
}

/// The output of `aggregate`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AggregateOutput {
    /// Always true: a value that cannot be computed fails the stage.
    success: bool,
    /// One object per group, in the order in which the groups first appear.
    data: Vec<Value>,
    /// The number of groups in the result.
    row_count: usize,
    /// The number of input rows (`input_rows`) and of groups before `having` (`groups`).
    metadata: Value,
}

/// Groups rows and computes sums, averages, counts and more over each group.
#[operator(
    category = "data",
    timeout_s = 60,
    literals = literals,
    lazy(having: condition, names = ["group", "*"])
)]
fn aggregate(ctx: &StageContext, input: AggregateInput) -> Result<AggregateOutput, StageError> {
    let group_by = input.group_by.map(|t| t.0).unwrap_or_default();
    let mut groups: IndexMap<Vec<Key>, (Map, Vec<&Value>)> = IndexMap::new();
    if group_by.is_empty() {
        groups.insert(Vec::new(), Default::default());
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
        groups
            .entry(keys.values().map(Key::of).collect())
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

/// The field names of an aggregation's field and operation.
const FIELD: [&str; 2] = ["field", "column"];
const OPERATION: [&str; 4] = ["operation", "function", "op", "func"];

/// All names of the operations, with synonyms.
const OPERATIONS: [&str; 15] = [
    "sum",
    "avg",
    "mean",
    "average",
    "min",
    "max",
    "count",
    "count_distinct",
    "nunique",
    "first",
    "last",
    "list",
    "collect",
    "distinct",
    "unique",
];
/// The operations that messages list.
const NAMES: &str = "sum, avg, min, max, count, count_distinct, first, last, list, distinct";

/// Reports unknown operations, and operations that need a field but have none.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let list = given.get("aggregations").and_then(Value::as_list);
    let named = |one: &Value, names: &[&str]| {
        let found = names.iter().find_map(|name| one.get(name));
        found.map(text_of).unwrap_or_default().trim().to_lowercase()
    };
    let mut out = Vec::new();
    for (at, one) in list.unwrap_or_default().iter().enumerate() {
        let fault = |message: String| LiteralFault::new("aggregations", message).item(at);
        let operation = named(one, &OPERATION);
        if one.as_map().is_none() {
            continue;
        }
        if operation.is_empty() {
            out.push(fault(
                "has no `operation` (sum, avg, min, max, count …)".to_owned(),
            ));
        } else if !OPERATIONS.contains(&operation.as_str()) {
            let known = did_you_mean(&operation, OPERATIONS);
            let message =
                format!("has the unknown operation `{operation}`; the operations are {NAMES}");
            out.push(fault(message).suggest(known));
        } else if matches!(named(one, &FIELD).as_str(), "" | "*")
            && !matches!(operation.as_str(), "count" | "list")
        {
            out.push(fault(format!(
                "needs a `field`: `{operation}` does not work on whole rows, only `count` and `list` do"
            )));
        }
    }
    out
}

fn compute(aggregation: &Aggregation, rows: &[&Value]) -> Result<(String, Value), StageError> {
    let field = aggregation.field.as_ref().map_or("", |t| t.0.as_str());
    let operation = aggregation.operation.0.trim().to_lowercase();
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
    // As in SQL, null and absent values are ignored.
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
        "min" => extreme(field, &values, Ordering::is_lt)?,
        "max" => extreme(field, &values, Ordering::is_gt)?,
        other => {
            return Err(StageError::new(
                ErrorCode::StageInput,
                format!("the operation `{other}` does not exist; the operations are {NAMES}"),
            ));
        }
    };
    Ok((name, value))
}

/// The distinct values, in the order in which they first appear.
fn distinct(values: &[&Value]) -> Vec<Value> {
    let mut seen = HashSet::new();
    let new = values.iter().filter(|value| seen.insert(Key::of(value)));
    new.map(|value| (*value).clone()).collect()
}

/// The sum of the values. The sum of whole numbers is a whole number; overflow is an error.
fn sum(field: &str, values: &[&Value]) -> Result<Value, StageError> {
    let whole: Option<Vec<i64>> = values.iter().map(|v| whole_number(v)).collect();
    if let Some(whole) = whole {
        let total = whole.into_iter().try_fold(0_i64, i64::checked_add);
        return total.map(Value::Int).ok_or_else(|| {
            StageError::new(
                ErrorCode::ValueOutOfRange,
                format!("The sum of `{field}` does not fit into 64 bits"),
            )
        });
    }
    values
        .iter()
        .try_fold(0.0, |total, v| Ok(total + as_f64(field, v)?))
        .map(Value::from)
}

/// The value as a whole number, if it is one or a text that is one.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        Value::Str(text) => text.trim().parse().ok(),
        _ => None,
    }
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

/// The smallest or largest value, compared as values of the column's kind.
fn extreme(
    field: &str,
    values: &[&Value],
    better: fn(Ordering) -> bool,
) -> Result<Value, StageError> {
    let no_order = |why: &dyn std::fmt::Display| {
        StageError::new(ErrorCode::TypeMismatch, format!("`{field}`: {why}"))
    };
    let kind = Kind::of_column(values).map_err(|why| no_order(&why))?;
    let mut values = values.iter().copied();
    let Some(mut best) = values.next() else {
        return Ok(Value::Null);
    };
    for value in values {
        if comparison::order_as(kind, value, best).is_some_and(better) {
            best = value;
        }
    }
    Ok(best.clone())
}
