//! `wait`: a durable sleep. It survives a restart and holds no slot while it sleeps.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use engine::{
    Value,
    component::{Directive, LiteralFault, Literals, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::lenient::{Num, Text, text_of};

/// The input of `wait`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WaitInput {
    /// The number of seconds to wait, at most 366 days.
    #[serde(default)]
    #[schemars(extend("minimum" = 0, "maximum" = MOST_SECONDS))]
    seconds: Option<Num>,
    /// The time to wait for instead, such as `2026-12-01T08:00:00Z`. If it is in the past, the
    /// stage does not wait.
    #[serde(default)]
    until: Option<Text>,
    /// Passed through as the output's `data`.
    #[serde(default)]
    pass_data: Value,
}

/// The output of `wait`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitOutput {
    /// The time until which the stage waited.
    until: String,
    /// The value of the input `pass_data`.
    data: Value,
}

/// The longest wait, in seconds.
const MOST_SECONDS: f64 = 366.0 * 86_400.0;

/// Waits for a number of seconds or until a time. The wait survives a restart.
#[control_flow(timeout_s = 5, literals = literals, output = WaitOutput)]
fn wait(ctx: &StageContext, input: WaitInput) -> Result<Directive, StageError> {
    let wrong = |text: String| StageError::new(ErrorCode::StageInput, text);
    let until: DateTime<Utc> = match (input.seconds, input.until.filter(|t| !t.0.is_empty())) {
        (Some(Num(seconds)), None) => {
            if !(0.0..=MOST_SECONDS).contains(&seconds) {
                return Err(wrong(format!(
                    "`seconds` is {seconds}; it must be from 0 to {MOST_SECONDS} (a year)"
                )));
            }
            ctx.scheduled_at + Duration::milliseconds((seconds * 1000.0) as i64)
        }
        (None, Some(Text(text))) => DateTime::parse_from_rfc3339(text.trim())
            .map_err(|_| {
                wrong(format!(
                    "`until` is `{text}`; write it as 2026-12-01T08:00:00Z"
                ))
            })?
            .to_utc(),
        _ => return Err(wrong("Provide either `seconds` or `until`".to_owned())),
    };
    if (until - ctx.scheduled_at).num_seconds() as f64 > MOST_SECONDS {
        return Err(wrong(format!("`until` is more than a year away: {until}")));
    }
    let output = [
        (
            "until",
            until.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
        ),
        ("data", input.pass_data),
    ];
    Ok(Directive::Wait {
        until,
        output: output.into_iter().collect(),
    })
}

/// Reports an invalid time, and both or neither of `seconds` and `until`.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    let until = given.get("until").map(text_of);
    let until_is_blank = until.as_ref().is_some_and(String::is_empty);
    if let Some(text) = until.filter(|text| !text.is_empty())
        && DateTime::parse_from_rfc3339(text.trim()).is_err()
    {
        let shown: String = text.chars().take(60).collect();
        let message =
            format!("is `{shown}`, which is not a time; write it as 2026-12-01T08:00:00Z");
        out.push(LiteralFault::new("until", message));
    }
    let seconds = !given.is_absent("seconds");
    let until = !given.is_absent("until") && !until_is_blank;
    // Values that are computed during the run may be null.
    let sure = given.get("seconds").is_some() && until && given.get("until").is_some();
    if sure || !(seconds || until) {
        let message = "`wait` needs either `seconds` or `until`";
        out.push(LiteralFault::of_stage(message));
    }
    out
}
