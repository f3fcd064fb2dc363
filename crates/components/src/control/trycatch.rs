//! `trycatch`: runs stages that may fail, stages that handle the error, and stages that always run.

use std::time::Duration;

use engine::{
    Value,
    check::did_you_mean,
    component::{Directive, LiteralFault, Literals, StageContext, StageError, TryCatch},
    control_flow,
    model::RetryPolicy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Int, Text, Texts, texts_of};

/// The input of `trycatch`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TrycatchInput {
    /// The stages that may fail.
    #[allow(dead_code, reason = "read by the executor")]
    try_stages: Texts,
    /// The stages that run if one of the try stages fails.
    #[serde(default)]
    #[allow(dead_code, reason = "read by the executor")]
    catch_stages: Option<Texts>,
    /// The stages that always run at the end.
    #[serde(default)]
    #[allow(dead_code, reason = "read by the executor")]
    finally_stages: Option<Texts>,
    /// What an error does. By default, it fails this stage unless the catch stages handle it.
    /// `propagate`: it always fails this stage, after the catch stages. `continue`: it is reported
    /// in `error`, and the run continues.
    #[serde(default)]
    #[schemars(extend(
        "x-synonyms" = ["on_error"],
        "enum" = ["propagate", "continue", null],
        "x-any-case" = true
    ))]
    error_scope: Option<Text>,
    /// The name under which the catch stages read the error's message (`context.NAME`).
    #[serde(default)]
    error_variable: Option<Text>,
    /// The codes of the errors to catch; all errors by default.
    #[serde(default)]
    catch_error_types: Option<Texts>,
    /// How often the try stages as a whole are retried after an error; 0 by default, at most 10.
    /// Catch and finally stages run only after the last try.
    #[serde(default)]
    #[schemars(extend("minimum" = 0, "maximum" = MOST_RETRIES))]
    max_retries: Option<Int>,
    /// The delay before each retry in milliseconds; 1000 by default.
    #[serde(default)]
    #[schemars(extend("minimum" = 0, "maximum" = MOST_DELAY_MS))]
    retry_delay_ms: Option<Int>,
    /// Passed through as the output's `data`.
    #[serde(default)]
    pass_data: Value,
}

/// The output of `trycatch`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrycatchOutput {
    /// The outcome: `success`, `recovered` or `failed`.
    status: String,
    /// The error of the try stages, or null.
    error: Value,
    /// Whether a try stage failed.
    error_occurred: bool,
    /// The message of the error that was caught.
    error_message: Option<String>,
    /// The code of the error that was caught.
    error_type: Option<String>,
    /// Whether the catch stages handled the error.
    recovered: bool,
    /// The result of the try stages.
    try_result: Value,
    /// The result of the catch stages.
    catch_result: Value,
    /// The value of the input `pass_data`.
    data: Value,
}

/// Runs stages that may fail, other stages if they fail, and others at the end in any case.
#[control_flow(
    timeout_s = 120,
    own_field = "result",
    literals = literals,
    inner(try, try_stages = "try"),
    inner(catch, catch_stages = "catch"),
    inner(finally, finally_stages = "finally"),
    binds(text_of(error_variable)),
    output = TrycatchOutput
)]
fn trycatch(_ctx: &StageContext, input: TrycatchInput) -> Result<Directive, StageError> {
    let max_retries = within("max_retries", input.max_retries, 0, MOST_RETRIES)?;
    let delay = within("retry_delay_ms", input.retry_delay_ms, 1000, MOST_DELAY_MS)?;
    let delay = Duration::from_millis(delay);
    let scope = input.error_scope.map(|t| t.0).unwrap_or_default();
    let (propagate, rethrow) = match scope.trim().to_ascii_lowercase().as_str() {
        "" => (true, false),
        "propagate" => (true, true),
        "continue" => (false, false),
        _ => {
            return Err(StageError::new(
                ErrorCode::StageInput,
                format!("`error_scope` is `{scope}`; it must be propagate or continue"),
            ));
        }
    };
    let catch_codes = input
        .catch_error_types
        .map(|t| t.0)
        .unwrap_or_default()
        .iter()
        .flat_map(|kind| codes_of(kind))
        .collect();
    let output = [("data", input.pass_data)].into_iter().collect();
    let error_variable = input.error_variable.map(|t| t.0).filter(|n| !n.is_empty());
    Ok(Directive::TryCatch(TryCatch {
        propagate,
        rethrow,
        error_variable,
        catch_codes,
        retry: RetryPolicy {
            max_retries: u32::try_from(max_retries).unwrap_or(u32::MAX),
            initial_delay: delay,
            max_delay: delay,
            multiplier: 1.0,
        },
        output,
    }))
}

/// Warns of error types that do not exist.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let kinds = given.get("catch_error_types").map(texts_of);
    let known = |kind: &str| {
        codes_of(kind).iter().all(|code| {
            let mut all = ErrorCode::ALL.iter();
            all.any(|known| known.as_str() == code)
        })
    };
    let kinds = kinds.unwrap_or_default().into_iter();
    kinds
        .filter(|kind| !known(kind))
        .map(|kind| {
            let shown: String = kind.chars().take(60).collect();
            let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
            let message =
                format!("contains `{shown}`, which is not an error code and catches nothing");
            LiteralFault::new("catch_error_types", message)
                .suggest(did_you_mean(&kind, codes))
                .warn()
        })
        .collect()
}

/// The most retries; the same limit as for the retry policy of a stage.
const MOST_RETRIES: u64 = 10;
/// The longest delay between two tries: one day.
const MOST_DELAY_MS: u64 = 24 * 60 * 60 * 1000;

fn within(name: &str, given: Option<Int>, usual: u64, most: u64) -> Result<u64, StageError> {
    let Some(Int(number)) = given else {
        return Ok(usual);
    };
    u64::try_from(number)
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| {
            StageError::new(
                ErrorCode::StageInput,
                format!("`{name}` is {number}; it must be from 0 to {most}"),
            )
        })
}

/// The error codes for an error type of the pipeline format. Other names are error codes
/// themselves.
fn codes_of(kind: &str) -> Vec<String> {
    let codes: &[ErrorCode] = match kind {
        "CONNECTIVITY" => &[
            ErrorCode::HttpFailed,
            ErrorCode::AddressNotAllowed,
            ErrorCode::ProviderFailed,
        ],
        "VALIDATION" => &[ErrorCode::SchemaMismatch, ErrorCode::StageInput],
        "EXPRESSION" => &[
            ErrorCode::EvaluationFailed,
            ErrorCode::MissingPath,
            ErrorCode::TypeMismatch,
            ErrorCode::UnknownName,
            ErrorCode::ExpressionBudget,
        ],
        "TRANSFORMATION" => &[ErrorCode::EvaluationFailed, ErrorCode::TypeMismatch],
        "SECURITY" => &[ErrorCode::AddressNotAllowed],
        "EXECUTION" => &[
            ErrorCode::StageFailed,
            ErrorCode::ProviderFailed,
            ErrorCode::HttpFailed,
        ],
        own => return vec![own.to_owned()],
    };
    codes.iter().map(|code| code.as_str().to_owned()).collect()
}
