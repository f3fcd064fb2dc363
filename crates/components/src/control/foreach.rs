//! `foreach`: runs its inner stages once per item of a list.

use engine::{
    Value,
    component::{Directive, ForEach, LiteralFault, Literals, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Flag, Int, Text, Texts, flag_of, int_of};

/// The input of `foreach`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ForeachInput {
    /// The list to iterate over.
    items: Value,
    /// The stages that run for each item.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["stages", "stage"]))]
    #[allow(dead_code, reason = "read by the executor")]
    loop_stages: Option<Texts>,
    /// The name under which inner stages read the item (`context.NAME`); `item` by default.
    #[serde(default)]
    item_variable: Option<Text>,
    /// The name under which inner stages read the item's index, from 0 (`context.NAME`); `index` by
    /// default.
    #[serde(default)]
    index_variable: Option<Text>,
    /// Whether the results of the items are collected in `results`; true by default.
    #[serde(default)]
    collect_results: Option<Flag>,
    /// Whether several items are processed in parallel; false by default.
    #[serde(default)]
    parallel: Option<Flag>,
    /// How many items are processed at once if `parallel` is true; 5 by default.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["max_concurrency"]))]
    max_parallel: Option<Int>,
    /// Whether the first failed item ends the loop; true by default. Otherwise, the result of a
    /// failed item is null and its error is in `errors`.
    #[serde(default)]
    break_on_error: Option<Flag>,
    /// Processes only the items for which this expression is true, such as `item.active`. It can
    /// also read the item's fields by their names.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    filter_expression: Option<Value>,
}

/// The output of `foreach`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ForeachOutput {
    /// The result of each item, in the order of the items.
    results: Vec<Value>,
    /// The errors of failed items, if they do not end the loop.
    errors: Vec<Value>,
    /// The number of items in the list.
    total_items: usize,
    /// The number of items that were processed.
    processed_items: usize,
    /// The number of items that `filter_expression` excluded.
    skipped_items: usize,
    /// Always true in the output.
    is_complete: bool,
}

/// Runs its inner stages once per item of a list, in sequence or in parallel.
#[control_flow(
    timeout_s = 300,
    literals = literals,
    lazy(filter_expression: condition, names = ["item", "index", "*"]),
    inner(each, loop_stages = "loop"),
    binds(text_of(item_variable, "item"), text_of(index_variable, "index")),
    output = ForeachOutput
)]
fn foreach(ctx: &StageContext, input: ForeachInput) -> Result<Directive, StageError> {
    let all = match &input.items {
        Value::List(items) => items.as_ref().clone(),
        Value::Null => Vec::new(),
        other => {
            return Err(StageError::new(
                ErrorCode::StageInput,
                format!("`items` must be a list, not {}", other.type_phrase()),
            ));
        }
    };
    let total = all.len();
    let mut items = Vec::with_capacity(total);
    for (at, item) in all.into_iter().enumerate() {
        let locals = [("item", item.clone()), ("index", at.into())];
        match ctx.lazy.eval("filter_expression", &locals, Some(&item))? {
            Some(answer) if !answer.truthy() => {}
            _ => items.push(item),
        }
    }
    let parallel = match (input.parallel.is_some_and(|f| f.0), input.max_parallel) {
        (false, _) => 1,
        (true, None) => 5,
        (true, Some(Int(most))) => {
            usize::try_from(most)
                .ok()
                .filter(|m| *m > 0)
                .ok_or_else(|| {
                    StageError::new(
                        ErrorCode::StageInput,
                        format!("`max_parallel` is {most}; it must be at least 1"),
                    )
                })?
        }
    };
    let name = |given: Option<Text>, usual: &str| {
        given
            .map(|t| t.0)
            .filter(|n| !n.is_empty())
            .unwrap_or_else(|| usual.to_owned())
    };
    let output = [
        ("total_items", Value::from(total)),
        ("processed_items", items.len().into()),
        ("skipped_items", (total - items.len()).into()),
        ("is_complete", true.into()),
    ];
    Ok(Directive::ForEach(ForEach {
        items,
        item_variable: name(input.item_variable, "item"),
        index_variable: name(input.index_variable, "index"),
        parallel,
        collect: input.collect_results.is_none_or(|f| f.0),
        break_on_error: input.break_on_error.is_none_or(|f| f.0),
        output: output.into_iter().collect(),
    }))
}

/// Reports items that are not a list, and a parallelism of less than 1.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    if let Some(items) = given.get("items")
        && items.as_list().is_none()
    {
        let message = format!("must be a list, not {}", items.type_phrase());
        out.push(LiteralFault::new("items", message));
    }
    let parallel = given.get("parallel").and_then(flag_of) == Some(true);
    if let Some(most) = given.get("max_parallel").and_then(int_of)
        && parallel
        && most < 1
    {
        let message = format!("is {most}; it must be at least 1");
        out.push(LiteralFault::new("max_parallel", message));
    }
    out
}
