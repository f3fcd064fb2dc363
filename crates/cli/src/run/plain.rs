//! One line per event, for pipes and logs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use engine::{
    component::{LogLine, Usage},
    diagnostic::is_hidden,
    run::{Event, EventBody},
};

use super::{
    result::{Watch, seconds},
    skipped,
};
use crate::validate::count;

/// The line for an event; `None` if nothing is printed for it. The event must already be applied to
/// `watch`.
pub fn line(watch: &Watch, event: &Event) -> Option<String> {
    let address = event.stage.as_deref()?;
    let stage = watch.view.stages.get(address)?;
    let text = match &event.body {
        EventBody::StageStarted { attempt, items, .. } => {
            let mut text = "started".to_owned();
            if *attempt > 1 {
                text.push_str(&format!(", attempt {attempt}"));
            }
            if let Some(items) = items {
                text.push_str(&format!(", {}", count(*items as usize, "item")));
            }
            text
        }
        EventBody::StageSucceeded {
            taken_over: true, ..
        } => "reused".to_owned(),
        EventBody::StageSucceeded { logs, usage, .. } => {
            let took = between(stage.started_at.or(stage.scheduled_at), Some(event.at));
            format!("succeeded in {took}{}{}", tokens(*usage), lines(logs))
        }
        EventBody::StageFailed {
            attempt,
            error,
            last,
            logs,
            ..
        } => {
            let which = if *last && *attempt == 1 {
                String::new()
            } else {
                format!(" (attempt {attempt})")
            };
            format!(
                "failed{which}: {}: {}{}",
                error.code,
                one_line(&error.message),
                lines(logs)
            )
        }
        EventBody::StageRetryAt { attempt, due } => {
            format!(
                "attempt {attempt} starts in {}",
                between(Some(event.at), Some(*due))
            )
        }
        EventBody::StageSkipped { reason } => skipped::words(reason),
        EventBody::WaitStarted { due } => format!("waits until {}", due.format("%H:%M:%S")),
        _ => return None,
    };
    Some(format!("{address}: {text}"))
}

fn between(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> String {
    let time = from.zip(to).map_or(Duration::ZERO, |(a, b)| {
        (b - a).to_std().unwrap_or_default()
    });
    seconds(time)
}

fn tokens(usage: Option<Usage>) -> String {
    match usage {
        Some(usage) => match usage.tokens() {
            Some(tokens) => format!(", {tokens} tokens"),
            None => ", tokens unknown".to_owned(),
        },
        None => String::new(),
    }
}

fn lines(logs: &[LogLine]) -> String {
    logs.iter()
        .map(|log| format!("\n  {}: {}", log.level, one_line(&log.message)))
        .collect()
}

/// The text with control characters, and those that change the direction of a line, replaced by spaces: safe to
/// print on a terminal.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_hidden(c) { ' ' } else { c })
        .collect()
}

/// Like [`one_line`], with the text's own lines kept.
pub fn printable(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(one_line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_does_not_control_the_terminal() {
        let said = "not found\u{1b}[2J\u{1b}]0;title\u{7}\r\u{202e}txt\nsecond\tline";
        assert_eq!(printable(said), "not found [2J ]0;title   txt\nsecond line");
        assert_eq!(one_line("one\ntwo"), "one two");
    }
}
