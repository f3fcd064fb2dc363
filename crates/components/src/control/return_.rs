//! `return`: ends the run early.

use engine::{
    Value,
    component::{Directive, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Text, flag_of};

/// When to end, and with what.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReturnInput {
    /// Whether to end; true by default. A template, or an expression, with delimiters around
    /// its values or without.
    #[serde(default)]
    condition: Option<Value>,
    /// Or an expression.
    #[serde(default)]
    #[allow(dead_code, reason = "evaluated by the context, with names of its own")]
    condition_expression: Option<Value>,
    /// The run's output.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["value"]))]
    return_value: Value,
    /// The reason, for people.
    #[serde(default)]
    message: Option<Text>,
    /// `completed` (the default), or `failed` to end the run as failed with the message.
    #[serde(default)]
    #[schemars(extend(
        "enum" = ["completed", "failed", null],
        "x-any-case" = true,
        "x-also" = ["success", "succeeded", "error", "failure"]
    ))]
    status: Option<Text>,
}

/// The decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReturnOutput {
    /// Whether the run ends here.
    should_return: bool,
    /// The run's output.
    return_value: Value,
    /// Why the run returned, as the stage says.
    message: Option<String>,
    /// `completed` or `failed`.
    status: String,
    /// Always empty: the run itself shows what was skipped.
    remaining_stages: Vec<String>,
}

/// Ends the run early with an output; whatever has not started is skipped.
#[control_flow(
    timeout_s = 5,
    lazy(condition: test),
    lazy(condition_expression: condition, names = ["value", "data", "*"]),
    output = ReturnOutput
)]
fn return_(ctx: &StageContext, input: ReturnInput) -> Result<Directive, StageError> {
    let value = &input.return_value;
    let spread = Some(value).filter(|d| d.as_map().is_some());
    let given = ctx.lazy.eval("condition", &[], None)?.or(input.condition);
    let locals = [
        ("value", given.clone().unwrap_or_default()),
        ("data", value.clone()),
    ];
    let condition = ctx
        .lazy
        .eval("condition_expression", &locals, spread)?
        .or(given)
        .unwrap_or(Value::Bool(true));
    let ends = flag_of(&condition).unwrap_or_else(|| condition.truthy());
    let message = input.message.map(|t| t.0).filter(|m| !m.is_empty());
    let status = input.status.map(|t| t.0.trim().to_lowercase());
    let status = status.unwrap_or_default();
    let failed = match status.as_str() {
        "" | "completed" | "success" | "succeeded" => false,
        "failed" | "error" | "failure" => true,
        other => {
            return Err(StageError::new(
                ErrorCode::StageInput,
                format!("`status` is `{other}`; it must be completed or failed"),
            ));
        }
    };
    let output: Value = [
        ("should_return", Value::Bool(ends)),
        ("return_value", value.clone()),
        ("message", message.clone().into()),
        ("status", if failed { "failed" } else { "completed" }.into()),
        ("remaining_stages", Vec::<Value>::new().into()),
    ]
    .into_iter()
    .collect();
    if !ends {
        return Ok(Directive::Done(output));
    }
    let failed = failed
        .then(|| message.unwrap_or_else(|| "the pipeline ended the run as failed".to_owned()));
    Ok(Directive::Return {
        value: input.return_value,
        output,
        failed,
    })
}
