//! `wait`: a durable sleep. It holds no slot meanwhile and survives a restart.

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

/// How long, or until when.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WaitInput {
    /// How many seconds.
    #[serde(default)]
    #[schemars(extend("minimum" = 0, "maximum" = MOST_SECONDS))]
    seconds: Option<Num>,
    /// Or until when: `2026-12-01T08:00:00Z`. A time in the past does not wait.
    #[serde(default)]
    until: Option<Text>,
    /// Passed through as the output's `data`.
    #[serde(default)]
    pass_data: Value,
}

/// What is known at the end.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitOutput {
    /// When it was due.
    until: String,
    /// The value of `pass_data`.
    data: Value,
}

/// The longest wait.
const MOST_SECONDS: f64 = 366.0 * 86_400.0;

/// Sleeps for some seconds or until a time. The sleep survives a restart.
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
        _ => return Err(wrong("give either `seconds` or `until`".to_owned())),
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

/// A time that is none; both ways at once, or neither.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    let until = given.get("until").map(text_of);
    let until_is_blank = until.as_ref().is_some_and(String::is_empty);
    if let Some(text) = until.filter(|text| !text.is_empty())
        && DateTime::parse_from_rfc3339(text.trim()).is_err()
    {
        let shown: String = text.chars().take(60).collect();
        let message = format!("is `{shown}`, not a time; write it as 2026-12-01T08:00:00Z");
        out.push(LiteralFault::new("until", message));
    }
    let seconds = !given.is_absent("seconds");
    let until = !given.is_absent("until") && !until_is_blank;
    // What is computed may turn out to be null.
    let sure = given.get("seconds").is_some() && until && given.get("until").is_some();
    if sure || !(seconds || until) {
        let message = "`wait` needs either `seconds` or `until`";
        out.push(LiteralFault::of_stage(message));
    }
    out
}
