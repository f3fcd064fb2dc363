//! The plan as text for a terminal and as Markdown.

use types::Money;

use super::{
    Change, ChangeKind, Control, LongestPath, ModelUse, Output, Request, Rule, RunPlan, Said,
    total_cost,
};
use crate::diagnostic::is_hidden;

/// The most ids that are listed in one line.
const MAX_IDS: usize = 20;

/// A titled part of the plan, with one line per statement.
struct Part {
    title: &'static str,
    lines: Vec<String>,
}

/// The plan as text, for a terminal.
pub fn as_text(plan: &RunPlan) -> String {
    let mut out = format!("{}\n", heading(plan));
    for part in parts(plan) {
        out.push_str(&format!("\n{}\n", part.title));
        for line in part.lines {
            out.push_str(&format!("  {}\n", one_line(&line)));
        }
    }
    out
}

/// The plan as Markdown.
pub fn as_markdown(plan: &RunPlan) -> String {
    let mut out = format!("## {}\n", markdown(&heading(plan)));
    for part in parts(plan) {
        out.push_str(&format!("\n### {}\n\n", part.title));
        for line in part.lines {
            out.push_str(&format!("- {}\n", markdown(&line)));
        }
    }
    out
}

/// The differences as text, for a terminal: `+` new, `-` gone, `~` changed.
pub fn changes_text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing changes in what a run does.\n".to_owned();
    }
    changes
        .iter()
        .map(|change| {
            let sign = match change.kind {
                ChangeKind::New => '+',
                ChangeKind::Gone => '-',
                ChangeKind::Changed => '~',
            };
            let line = format!("{}{}", change.text, of_stages(change));
            format!("{sign} {}\n", one_line(&line))
        })
        .collect()
}

/// The differences as a list in Markdown.
pub fn changes_markdown(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing changes in what a run does.\n".to_owned();
    }
    changes
        .iter()
        .map(|change| {
            let word = match change.kind {
                ChangeKind::New => "New",
                ChangeKind::Gone => "Gone",
                ChangeKind::Changed => "Changed",
            };
            let line = format!("{}{}", change.text, of_stages(change));
            format!("- **{word}:** {}\n", markdown(&line))
        })
        .collect()
}

/// The stages of a change, unless the sentence names them.
fn of_stages(change: &Change) -> String {
    let named = |id: &String| change.text.contains(&format!("`{id}`"));
    match change.stages.is_empty() || change.stages.iter().all(named) {
        true => String::new(),
        false => format!(" ({})", ids(change.stages.iter())),
    }
}

fn heading(plan: &RunPlan) -> String {
    let stages = match plan.stages {
        1 => "1 stage".to_owned(),
        n => format!("{n} stages"),
    };
    let name = match plan.name.trim() {
        "" => "pipeline",
        name => name,
    };
    format!("A run of {} ({stages})", one_line(name))
}

/// A text without line breaks, other control characters and invisible ones.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_hidden(c) { ' ' } else { c })
        .collect()
}

/// A line as Markdown: what stands between two backticks stays, and everything else is a text without
/// HTML, links and formatting, whatever the file contains.
fn markdown(line: &str) -> String {
    let line = one_line(line);
    // Longer runs would pair in other ways than single ones.
    let single = match line.contains("``") || line.matches('`').count() % 2 == 1 {
        true => line.replace('`', "'"),
        false => line,
    };
    let mut out = String::with_capacity(single.len());
    for (nth, part) in single.split('`').enumerate() {
        if nth > 0 {
            out.push('`');
        }
        if nth % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for c in part.chars() {
            if "\\<>[]*_#|&~".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

fn parts(plan: &RunPlan) -> Vec<Part> {
    let part = |title, lines: Vec<String>, none: &str| Part {
        title,
        lines: match lines.is_empty() {
            true => vec![none.to_owned()],
            false => lines,
        },
    };
    let mut models: Vec<String> = plan.models.iter().map(model).collect();
    if plan.models.len() > 1 {
        models.push(format!(
            "in all: {}",
            cost(total_cost(&plan.models), "at most ")
        ));
    }
    vec![
        part(
            "Requests",
            plan.requests.iter().map(request).collect(),
            "none",
        ),
        part("Models", models, "none"),
        part(
            "After a crash",
            after_crash(plan),
            "nothing is repeated outside",
        ),
        part(
            "Environment variables",
            plan.environment
                .iter()
                .map(|one| format!("{} (read by {})", one.name, ids(one.stages.iter())))
                .collect(),
            "none",
        ),
        part("Input", input(plan), "not read"),
        part("Output", vec![format!("from {}", output(&plan.output))], ""),
        part(
            "Control stages",
            plan.control.iter().map(control).collect(),
            "none",
        ),
        part(
            "Longest path",
            longest(plan.longest_path.as_ref()),
            "unknown",
        ),
    ]
}

fn request(request: &Request) -> String {
    let method = match &request.method {
        Said::Known(method) => method.clone(),
        Said::AtRunTime(text) => format!("a method decided at run time by {text},"),
    };
    let host = match &request.host {
        Said::Known(host) => host.clone(),
        Said::AtRunTime(text) => format!("a host decided at run time by {text}"),
    };
    let mut text = format!(
        "{method} {host} (`{}`, {})",
        request.stage,
        request.often.sentence()
    );
    if request.attempts > 1 {
        text.push_str(&format!(", up to {} attempts each", request.attempts));
    }
    if request.follows_redirects {
        text.push_str(", follows redirects");
    }
    text
}

fn model(model: &ModelUse) -> String {
    let name = match (&model.model, &model.provider) {
        (Some(name), Some(provider)) => format!("{name} of {provider}"),
        (Some(name), None) => format!("{name} of a provider that is not set up"),
        (None, Some(provider)) => format!("the default model of {provider}"),
        (None, None) => "a model of a provider that is not set up".to_owned(),
    };
    let mut text = format!("{name} (`{}`, {})", model.stage, model.often.sentence());
    if let Some(host) = &model.host {
        text.push_str(&format!(", at {host}"));
    }
    if model.attempts > 1 {
        text.push_str(&format!(", up to {} attempts each", model.attempts));
    }
    let more = if model.tokens_in_open {
        " plus what templates insert"
    } else {
        ""
    };
    text.push_str(&format!("; about {} tokens in{more}", model.tokens_in));
    match model.tokens_out {
        Some(tokens) => text.push_str(&format!(", at most {tokens} out")),
        None => text.push_str(", out not limited"),
    }
    if model.scripted {
        text.push_str("; answers from a file");
    } else if model.cost_at_most.is_some() {
        text.push_str(&format!("; {}", cost(model.cost_at_most, "at most ")));
    } else if model.cost_per_call.is_some() {
        let without = if model.tokens_in_open {
            ", without what templates insert"
        } else {
            ""
        };
        let cost = cost(model.cost_per_call, "at most ");
        text.push_str(&format!("; {cost} per call{without}"));
    } else {
        text.push_str("; cost unknown");
    }
    text
}

fn cost(cost: Option<Money>, before: &str) -> String {
    match cost {
        Some(cost) => format!("{before}{cost}"),
        None => "cost unknown".to_owned(),
    }
}

fn after_crash(plan: &RunPlan) -> Vec<String> {
    Rule::ALL
        .into_iter()
        .filter_map(|rule| {
            let stages: Vec<&String> = plan
                .after_crash
                .iter()
                .filter(|one| one.rule == rule)
                .map(|one| &one.stage)
                .collect();
            let listed = ids(stages.iter().copied());
            (!stages.is_empty()).then(|| format!("{listed}: {}", rule.sentence()))
        })
        .collect()
}

fn input(plan: &RunPlan) -> Vec<String> {
    let input = &plan.input;
    let mut lines = Vec::new();
    if input.whole {
        lines.push("read as a whole".to_owned());
    }
    if !input.fields.is_empty() {
        lines.push(format!("fields read: {}", ids(input.fields.iter())));
    }
    match (input.has_schema, input.required.is_empty()) {
        (false, _) => lines.push("no schema; any input is accepted".to_owned()),
        (true, true) => lines.push("checked by a schema that requires no field".to_owned()),
        (true, false) => lines.push(format!(
            "checked by a schema that requires {}",
            ids(input.required.iter())
        )),
    }
    if !input.undescribed.is_empty() {
        lines.push(format!(
            "read, but not described by the schema: {}",
            ids(input.undescribed.iter())
        ));
    }
    lines
}

/// The stages that the output comes from.
pub(super) fn output(output: &Output) -> String {
    match (&output.stage, output.last_stages.as_slice()) {
        (Some(stage), _) => format!("`{stage}`"),
        (None, []) => "no stage".to_owned(),
        (None, [one]) => format!("`{one}`, the last stage"),
        (None, many) => format!("the last stages: {}", ids(many.iter())),
    }
}

fn control(control: &Control) -> String {
    let mut text = format!("`{}` ({})", control.stage, control.component);
    match &control.items {
        Some(Said::Known(items)) => text.push_str(&format!(", {items} items")),
        Some(Said::AtRunTime(by)) if !by.is_empty() => {
            text.push_str(&format!(", items decided at run time by {by}"));
        }
        Some(Said::AtRunTime(_)) => text.push_str(", items decided at run time"),
        None => {}
    }
    for branch in &control.branches {
        let when = match branch.when {
            "per_item" => "per item".to_owned(),
            "at_most_one_branch" => format!("if {}", branch.name),
            "any_branches" => format!("if also {}", branch.name),
            "try" => "first".to_owned(),
            "catch" => "if one of them fails".to_owned(),
            _ => "in the end".to_owned(),
        };
        text.push_str(&format!("; {when}: {}", ids(branch.stages.iter())));
    }
    text
}

fn longest(path: Option<&LongestPath>) -> Vec<String> {
    let Some(path) = path else {
        return Vec::new();
    };
    let stages = match path.stages {
        1 => "1 stage".to_owned(),
        n => format!("{n} stages in sequence"),
    };
    let mut lines = vec![match path.open.is_empty() {
        true => format!("{stages}, at most {}", duration(path.at_most_ms)),
        false => format!(
            "{stages}, at most {} and what follows",
            duration(path.at_most_ms)
        ),
    }];
    for open in &path.open {
        lines.push(match open.at_most_ms {
            0 => format!("`{}`: as long as is decided at run time", open.stage),
            time => format!("`{}`: at most {} per item", open.stage, duration(time)),
        });
    }
    if let Some(limit) = path.run_timeout_ms {
        lines.push(format!("the run ends after {}", duration(limit)));
    }
    let steps = path.steps.iter();
    let names: Vec<String> = steps.map(|step| format!("`{}`", step.stage)).collect();
    if names.len() > 1 {
        let shown = names.iter().take(MAX_IDS).cloned().collect::<Vec<_>>();
        let more = match names.len() > MAX_IDS {
            true => " → …",
            false => "",
        };
        lines.push(format!("{}{more}", shown.join(" → ")));
    }
    lines
}

/// `a`, `b` and 3 more.
fn ids<'a>(all: impl ExactSizeIterator<Item = &'a String>) -> String {
    let count = all.len();
    let shown: Vec<String> = all.take(MAX_IDS).map(|id| format!("`{id}`")).collect();
    match count > MAX_IDS {
        true => format!("{} and {} more", shown.join(", "), count - MAX_IDS),
        false => shown.join(", "),
    }
}

/// A time in the two largest units: `500 ms`, `30 s`, `5 min 10 s`, `2 h`.
pub(super) fn duration(ms: u64) -> String {
    let both = |large: u64, unit: &str, small: u64, other: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {other}"),
    };
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..=59 if !ms.is_multiple_of(1000) => format!("{seconds}.{} s", ms % 1000 / 100),
        1..=59 => format!("{seconds} s"),
        60..=3599 => both(seconds / 60, "min", seconds % 60, "s"),
        3600..=86_399 => both(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => both(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_contains_is_no_formatting_in_markdown() {
        for (line, wanted) in [
            (
                "GET api.example.com (`a`, once)",
                "GET api.example.com (`a`, once)",
            ),
            ("<img src=x> [x](y)", r"\<img src=x\> \[x\](y)"),
            ("`a` <b> `<c>`", r"`a` \<b\> `<c>`"),
            ("`a`` <b> ```c", r"'a'' \<b\> '''c"),
            ("`a <b>", r"'a \<b\>"),
            ("a\u{202e}b\nc", "a b c"),
        ] {
            assert_eq!(markdown(line), wanted, "{line}");
        }
    }
}
