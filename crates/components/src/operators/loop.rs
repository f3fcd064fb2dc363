//! `loop`: splits a list into batches. It does not repeat stages; use `foreach` for that.

use engine::{
    Value,
    component::{StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Flag, Int};

/// The list and the size of its batches.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LoopInput {
    /// The list to divide into batches.
    items: Option<Vec<Value>>,
    /// The number of items in a batch, 1 to 1000; 1 by default.
    #[serde(default)]
    #[schemars(extend("minimum" = 1, "maximum" = 1000))]
    batch_size: Option<Int>,
    /// The maximum number of batches; unlimited by default.
    #[serde(default)]
    #[schemars(extend("minimum" = 1))]
    max_iterations: Option<Int>,
    /// The index of the first item, from 0.
    #[serde(default)]
    #[schemars(extend("minimum" = 0))]
    start_index: Option<Int>,
    /// Whether `metadata` is filled in; true by default.
    #[serde(default)]
    include_metadata: Option<Flag>,
}

/// The batches.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LoopOutput {
    /// The batches, each a list of items.
    batches: Vec<Value>,
    /// The number of items in the input list.
    total_items: usize,
    /// The number of batches in the output.
    total_batches: usize,
    /// Whether items are left because `max_iterations` was reached.
    has_more: bool,
    /// The batch size, the index of the next item (`next_index`), and the position of each batch.
    metadata: Value,
}

/// Splits a list into batches.
#[operator(category = "data", timeout_s = 10)]
fn r#loop(_ctx: &StageContext, input: LoopInput) -> Result<LoopOutput, StageError> {
    let items = input.items.unwrap_or_default();
    let size = within("batch_size", input.batch_size, 1, 1, 1000)?;
    let most = within(
        "max_iterations",
        input.max_iterations,
        usize::MAX,
        1,
        usize::MAX,
    )?;
    let start = within("start_index", input.start_index, 0, 0, usize::MAX)?.min(items.len());
    let batches: Vec<Value> = items[start..]
        .chunks(size)
        .take(most)
        .map(|batch| Value::from(batch.to_vec()))
        .collect();
    let next = start
        .saturating_add(batches.len().saturating_mul(size))
        .min(items.len());
    let metadata = match input.include_metadata.is_none_or(|f| f.0) {
        true => {
            let places: Value = batches
                .iter()
                .enumerate()
                .map(|(at, batch)| -> Value {
                    let from = start + at * size;
                    let length = batch.as_list().map_or(0, <[Value]>::len);
                    [
                        ("index", at.into()),
                        ("start", from.into()),
                        ("size", Value::from(length)),
                    ]
                    .into_iter()
                    .collect()
                })
                .collect();
            [
                ("start_index", start.into()),
                ("batch_size", size.into()),
                ("items_processed", next.into()),
                ("items_remaining", (items.len() - next).into()),
                ("next_index", next.into()),
                ("batches", places),
            ]
            .into_iter()
            .collect()
        }
        false => Value::from(engine::Map::default()),
    };
    Ok(LoopOutput {
        total_items: items.len(),
        total_batches: batches.len(),
        has_more: next < items.len(),
        batches,
        metadata,
    })
}

fn within(
    field: &str,
    value: Option<Int>,
    absent: usize,
    least: usize,
    most: usize,
) -> Result<usize, StageError> {
    let Some(Int(value)) = value else {
        return Ok(absent);
    };
    usize::try_from(value)
        .ok()
        .filter(|v| (least..=most).contains(v))
        .ok_or_else(|| {
            let upto = if most == usize::MAX {
                String::new()
            } else {
                format!(" and at most {most}")
            };
            StageError::new(
                ErrorCode::StageInput,
                format!("`{field}` is {value}; it must be at least {least}{upto}"),
            )
        })
}
