//! Reads retry policies, timeouts, `on_error` and model settings.

use std::time::Duration;

use types::ErrorCode;

use super::read;
use crate::{
    diagnostic::{Report, did_you_mean, shown},
    model::{LlmSettings, OnError, RetryPolicy},
    source::Node,
};

/// The longest delay and the longest attempt: one day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest run: 30 days.
const MONTH_MS: i64 = 30 * DAY_MS;

const RETRY_KEYS: &[&str] = &[
    "max_retries",
    "initial_delay_ms",
    "max_delay_ms",
    "backoff_multiplier",
    "backoff_ms",
];

fn milliseconds(
    report: &mut Report<'_>,
    node: Node<'_>,
    range: std::ops::RangeInclusive<i64>,
) -> Option<Duration> {
    let value = read::whole(report, node, range)?;
    u64::try_from(value).ok().map(Duration::from_millis)
}

/// `timeout_ms` of a stage. 0 means the component's default.
pub(super) fn timeout(report: &mut Report<'_>, node: Node<'_>) -> Option<Duration> {
    milliseconds(report, node, 0..=DAY_MS).filter(|timeout| !timeout.is_zero())
}

/// `timeout_ms` of the pipeline. 0 means no limit.
pub(super) fn run_timeout(report: &mut Report<'_>, node: Node<'_>) -> Option<Duration> {
    milliseconds(report, node, 0..=MONTH_MS).filter(|timeout| !timeout.is_zero())
}

/// `retry_config`: a policy with exponential backoff.
pub(super) fn retry(report: &mut Report<'_>, node: Node<'_>) -> Option<RetryPolicy> {
    let node = read::object(report, node)?;
    let mut policy = RetryPolicy::default();
    let mut longest = None;
    for child in node.children() {
        match child.key().unwrap_or_default().as_ref() {
            "max_retries" => {
                if let Some(count) = read::whole(report, child, 0..=10) {
                    policy.max_retries = u32::try_from(count).unwrap_or_default();
                }
            }
            "initial_delay_ms" | "backoff_ms" => {
                if let Some(delay) = milliseconds(report, child, 0..=DAY_MS) {
                    policy.initial_delay = delay;
                }
            }
            "max_delay_ms" => longest = milliseconds(report, child, 0..=DAY_MS).map(|d| (d, child)),
            "backoff_multiplier" => {
                if let Some(factor) = read::number(report, child, 1.0..=5.0) {
                    policy.multiplier = factor;
                }
            }
            key @ ("retry_on_errors" | "retry_on_status_codes") => {
                let message = format!("`{key}` is not supported: every retryable error is retried");
                report
                    .warning(ErrorCode::Unsupported, child, message)
                    .at(child.key_span());
            }
            _ => read::unknown(report, child, "`retry_config`", RETRY_KEYS),
        }
    }
    match longest {
        Some((longest, child)) if longest < policy.initial_delay => {
            let (first, most) = (policy.initial_delay.as_millis(), longest.as_millis());
            let message = format!(
                "`max_delay_ms` is {most}, but the first delay (`initial_delay_ms`) is {first}"
            );
            report
                .error(ErrorCode::InvalidValue, child, message)
                .help(format!("use {first} or more"));
        }
        Some((longest, _)) => policy.max_delay = longest,
        None => policy.max_delay = policy.max_delay.max(policy.initial_delay),
    }
    Some(policy)
}

/// `on_error`: its meaning, and whether it requests retries.
pub(super) fn on_error(report: &mut Report<'_>, node: Node<'_>) -> Option<(OnError, bool)> {
    const WORDS: &[&str] = &["fail", "continue", "skip", "retry", "propagate"];
    let word = read::text(report, node)?;
    match word.as_str() {
        "fail" | "propagate" => Some((OnError::Fail, false)),
        "continue" => Some((OnError::Continue, false)),
        "skip" => Some((OnError::Skip, false)),
        "retry" => Some((OnError::Fail, true)),
        other => {
            let message = format!(
                "`on_error` is `{}`, but must be fail, continue, skip or retry",
                shown(other)
            );
            report
                .error(ErrorCode::InvalidValue, node, message)
                .suggest(did_you_mean(other, WORDS.iter().copied()));
            None
        }
    }
}

/// `error_handling`: the older form of `on_error` and `retry_config`, with a fixed delay.
pub(super) fn error_handling(
    report: &mut Report<'_>,
    node: Node<'_>,
) -> Option<(Option<OnError>, Option<RetryPolicy>)> {
    let node = read::object(report, node)?;
    let (mut meaning, mut asked) = (None, false);
    let (mut count, mut delay) = (None, None);
    for child in node.children() {
        match child.key().unwrap_or_default().as_ref() {
            "on_error" => {
                if let Some((on_error, retry)) = on_error(report, child) {
                    meaning = Some(on_error);
                    asked = retry;
                }
            }
            // Published files use more than the 10 that `retry_config` allows, for instance to
            // poll.
            "max_retries" => count = read::whole(report, child, 0..=100),
            "retry_delay" | "retry_delay_ms" => delay = milliseconds(report, child, 0..=DAY_MS),
            _ => {
                let known = ["on_error", "max_retries", "retry_delay"];
                read::unknown(report, child, "`error_handling`", &known);
            }
        }
    }
    let standard = RetryPolicy::default();
    let delay = delay.unwrap_or(standard.initial_delay);
    let retry = (asked || count.is_some()).then(|| RetryPolicy {
        max_retries: count
            .and_then(|c| u32::try_from(c).ok())
            .unwrap_or(standard.max_retries),
        initial_delay: delay,
        max_delay: delay,
        multiplier: 1.0,
    });
    Some((meaning, retry))
}

/// `llm_settings`, merged into `settings`. `false` if it is not an object.
pub(super) fn llm(report: &mut Report<'_>, node: Node<'_>, settings: &mut LlmSettings) -> bool {
    const KEYS: &[&str] = &[
        "provider",
        "model",
        "temperature",
        "max_tokens",
        "top_p",
        "stop_sequences",
    ];
    let Some(node) = read::object(report, node) else {
        return false;
    };
    for child in node.children() {
        match child.key().unwrap_or_default().as_ref() {
            "provider" => settings.provider = read::text(report, child),
            "model" => settings.model = read::text(report, child),
            "temperature" => settings.temperature = read::number(report, child, 0.0..=2.0),
            "max_tokens" => {
                let most = i64::from(u32::MAX);
                settings.max_tokens =
                    read::whole(report, child, 1..=most).and_then(|n| u32::try_from(n).ok());
            }
            "top_p" => settings.top_p = read::number(report, child, 0.0..=1.0),
            "stop_sequences" => {
                let items = read::list(report, child).unwrap_or_default();
                settings.stop_sequences = items
                    .into_iter()
                    .filter_map(|item| read::text(report, item))
                    .collect();
            }
            _ => read::unknown(report, child, "`llm_settings`", KEYS),
        }
    }
    true
}
