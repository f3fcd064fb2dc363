//! `foreach`: runs its inner stages once per item.

use engine::{
    Value,
    component::{Directive, ForEach, LiteralFault, Literals, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Flag, Int, Text, Texts, flag_of, int_of};

/// The items and how to iterate over them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ForeachInput {
    /// The list whose items the inner stages run for.
    items: Value,
    /// The stages that run for each item.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["stages", "stage"]))]
    #[allow(dead_code, reason = "read by the executor")]
    loop_stages: Option<Texts>,
    /// Inner stages read the item as `context.NAME`; `item` by default.
    #[serde(default)]
    item_variable: Option<Text>,
    /// Inner stages read its index, from 0, as `context.NAME`; `index` by default.
    #[serde(default)]
    index_variable: Option<Text>,
    /// Whether `results` collects what the items gave; true by default.
    #[serde(default)]
    collect_results: Option<Flag>,
    /// Whether several items are processed at once.
    #[serde(default)]
    parallel: Option<Flag>,
    /// How many at once; 5 by default.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["max_concurrency"]))]
    max_parallel: Option<Int>,
    /// Whether the first item that fails ends the loop; true by default. Otherwise its result is
    /// null and the error stands in `errors`.
    #[serde(default)]
    break_on_error: Option<Flag>,
    /// Only items for which this is true (`item.active`; the item's fields are names too).
    #[serde(default)]
    #[allow(dead_code, reason = "evaluated by the context, with names of its own")]
    filter_expression: Option<Value>,
}

/// The result of the loop.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ForeachOutput {
    /// What each item gave, in the order of the items.
    results: Vec<Value>,
    /// Errors of items, when they do not end the loop.
    errors: Vec<Value>,
    /// How many items came in.
    total_items: usize,
    /// How many were processed.
    processed_items: usize,
    /// How many the filter excluded.
    skipped_items: usize,
    /// Always true at the end.
    is_complete: bool,
}

/// Runs its inner stages once per item of a list, one after the other or several at once.
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

/// Items that are no list, and no room for a single item.
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
