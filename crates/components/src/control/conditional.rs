//! `conditional`: runs one of two branches.

use engine::{
    Value,
    component::{Directive, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lenient::{Texts, flag_of};

/// The input of `conditional`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ConditionalInput {
    /// The condition: a template such as `{{upstream.check.passed}}`, or an expression, with or
    /// without delimiters around its values, such as `{{input.score}} >= 80`.
    #[serde(default)]
    condition: Option<Value>,
    /// An expression that decides instead. It can read the value of `condition` as `value`,
    /// `pass_data` as `data`, and the fields of `pass_data` by their names.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    condition_expression: Option<Value>,
    /// The stages that run if the condition is true.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["true_stages", "then_stages", "true_branch", "true_stage"]))]
    #[allow(dead_code, reason = "read by the executor")]
    true_branch_stages: Option<Texts>,
    /// The stages that run if the condition is false.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["false_stages", "else_stages", "false_branch", "false_stage"]))]
    #[allow(dead_code, reason = "read by the executor")]
    false_branch_stages: Option<Texts>,
    /// Passed through as the output's `data`; `condition_expression` can also read it as `data`.
    #[serde(default)]
    pass_data: Value,
}

/// The output of `conditional`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConditionalOutput {
    /// The branch that was taken: `true` or `false`.
    branch_taken: String,
    /// The value of the condition.
    condition_value: Value,
    /// The decision: whether the condition counts as true.
    condition_result: bool,
    /// The value of the input `pass_data`.
    data: Value,
}

/// Runs one of two branches, depending on a condition.
#[control_flow(
    timeout_s = 5,
    lazy(condition: test),
    lazy(condition_expression: condition, names = ["value", "data", "condition", "*"]),
    inner(one, true_branch_stages = "true", false_branch_stages = "false"),
    output = ConditionalOutput
)]
fn conditional(ctx: &StageContext, input: ConditionalInput) -> Result<Directive, StageError> {
    let value = ctx.lazy.eval("condition", &[], None)?;
    let value = value.or(input.condition).unwrap_or_default();
    let locals = [
        ("value", value.clone()),
        ("data", input.pass_data.clone()),
        ("condition", value.clone()),
    ];
    let spread = Some(&input.pass_data).filter(|d| d.as_map().is_some());
    let by_expression = ctx
        .lazy
        .eval("condition_expression", &locals, spread)?
        .map(|answer| answer.truthy());
    // A template inside a longer text evaluates to text: "false" must not count as true.
    let result = by_expression
        .or_else(|| flag_of(&value))
        .unwrap_or_else(|| value.truthy());
    let branch = if result { "true" } else { "false" };
    let output = [
        ("branch_taken", branch.into()),
        ("condition_value", value),
        ("condition_result", result.into()),
        ("data", input.pass_data),
    ];
    Ok(Directive::Choose {
        branches: vec![branch.to_owned()],
        output: output.into_iter().collect(),
    })
}
