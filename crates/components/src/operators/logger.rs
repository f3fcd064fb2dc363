//! `logger`: writes a line to the run's log.

use engine::{
    Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lenient::{Flag, Text};

/// The input of `logger`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LoggerInput {
    /// The message of the log line.
    message: Text,
    /// `debug`, `info` (the default), `warning` or `error`.
    #[serde(default)]
    level: Option<Text>,
    /// Data to log with the message.
    #[serde(default)]
    data: Value,
    /// Tags to log with the message.
    #[serde(default)]
    tags: Value,
    /// Passed through as the output's `passthrough`.
    #[serde(default)]
    passthrough: Value,
    /// Whether the line is written to the run's log; true by default.
    #[serde(default)]
    emit_to_trace: Option<Flag>,
}

/// The output of `logger`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LoggerOutput {
    /// Whether the line was logged; false with `emit_to_trace: false`.
    logged: bool,
    /// The identifier of the line; the same on every attempt.
    log_id: String,
    /// The message that was logged.
    message: String,
    /// The level of the line.
    level: String,
    /// The value of the input `passthrough`.
    passthrough: Value,
}

/// Warns of an unknown level, which is logged as `info`.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    const LEVELS: [&str; 8] = [
        "debug", "trace", "info", "warning", "warn", "error", "critical", "fatal",
    ];
    let level = given.text("level").unwrap_or_default();
    let said = level.trim().to_lowercase();
    if said.is_empty() || LEVELS.contains(&said.as_str()) {
        return Vec::new();
    }
    let shown: String = level.chars().take(40).collect();
    let message = format!(
        "is `{shown}`, which is not a level; the line is logged as `info`. The levels are debug, info, \
         warning, error"
    );
    vec![LiteralFault::new("level", message).warn()]
}

/// Writes a line to the run's log.
#[operator(category = "core", timeout_s = 5, literals = literals)]
fn logger(ctx: &StageContext, input: LoggerInput) -> Result<LoggerOutput, StageError> {
    let said = input
        .level
        .map(|t| t.0.trim().to_lowercase())
        .unwrap_or_default();
    // Logging never fails a run: an unknown level becomes `info`.
    let level = match said.as_str() {
        "debug" | "trace" => "debug",
        "warning" | "warn" => "warning",
        "error" | "critical" | "fatal" => "error",
        _ => "info",
    };
    let data = match (input.data, input.tags) {
        (data, Value::Null) => data,
        (Value::Null, tags) => [("tags", tags)].into_iter().collect(),
        (data, tags) => [("data", data), ("tags", tags)].into_iter().collect(),
    };
    let data = Some(data).filter(|d| *d != Value::Null);
    let logged = input.emit_to_trace.is_none_or(|emit| emit.0);
    if logged {
        ctx.log(level, input.message.0.clone(), data);
    }
    Ok(LoggerOutput {
        logged,
        log_id: ctx.idempotency_key(),
        message: input.message.0,
        level: level.to_owned(),
        passthrough: input.passthrough,
    })
}
