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

/// The input of `return`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReturnInput {
    /// Whether to end the run; true by default. A template, or an expression, with or without
    /// delimiters around its values.
    #[serde(default)]
    condition: Option<Value>,
    /// An expression that decides instead. It can read the value of `condition` as `value`,
    /// `return_value` as `data`, and the fields of `return_value` by their names.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    condition_expression: Option<Value>,
    /// The run's output.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["value"]))]
    return_value: Value,
    /// The reason for ending the run; with `failed`, the error message.
    #[serde(default)]
    message: Option<Text>,
    /// `completed` (the default), or `failed` to end the run as failed with `message`.
    #[serde(default)]
    #[schemars(extend(
        "enum" = ["completed", "failed", null],
        "x-any-case" = true,
        "x-also" = ["success", "succeeded", "error", "failure"]
    ))]
    status: Option<Text>,
}

/// The output of `return`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReturnOutput {
    /// Whether the run ends at this stage.
    should_return: bool,
    /// The run's output.
    return_value: Value,
    /// The value of the input `message`.
    message: Option<String>,
    /// How the run ends: `completed` or `failed`.
    status: String,
    /// Always empty: the run itself shows which stages were skipped.
    remaining_stages: Vec<String>,
}

/// Ends the run early with an output; stages that have not started are skipped.
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
