//! One stage in a few sentences.

use std::sync::Arc;

use super::{add_name, cut, listed, outside};
use crate::{
    Value,
    advice::{look::Look, secrets},
    component::{BranchRole, LazyKind},
    diagnostic::shown,
    expr::Root,
    model::{OnError, Scope},
};

/// The most characters of a condition that are shown.
const MOST_OF_CONDITION: usize = 100;

/// Describes a stage in its list.
pub fn describe(look: &Look<'_>, scope: &Scope, number: u32) -> String {
    let stage = look.stage(number);
    let id = &stage.id.value;
    let mut out = format!("`{}`", shown(id));
    if let Some(name) = stage.name.as_ref().filter(|name| differs(name, id)) {
        out.push_str(&format!(" ({})", shown(name)));
    }
    out.push_str(&format!(" {}", does(look, number)));
    let used = uses(look, number);
    if !used.is_empty() {
        out.push_str(&format!(", using {}", listed(&cut(used))));
    }
    out.push_str(&only_after(look, scope, number));
    out.push('.');
    if let Some(condition) = condition(look, number) {
        out.push_str(&format!(" It decides by `{condition}`."));
    }
    let mut each = look.opens(number);
    if each.any(|scope| scope.role == Some(BranchRole::Each) && !scope.members.is_empty()) {
        out.push_str(" For each item:");
        return out;
    }
    if let Some(retries) = stage
        .retry
        .map(|policy| policy.max_retries)
        .filter(|n| *n > 0)
    {
        let times = retries.saturating_add(1);
        out.push_str(&format!(
            " If it fails, it is repeated, up to {times} attempts in all."
        ));
    }
    match stage.on_error {
        OnError::Fail => {}
        OnError::Continue => out.push_str(" If it fails, the run goes on with null as its output."),
        OnError::Skip => out.push_str(" If it fails, the stages that depend on it are skipped."),
    }
    out
}

/// What it does, as the component's summary says it.
pub fn does(look: &Look<'_>, number: u32) -> String {
    if let Some(request) = outside::request(look, number) {
        return format!("sends {request}");
    }
    let component = look.component(number);
    let summary = component.description.lines().next().unwrap_or_default();
    let summary = summary.trim().trim_end_matches('.');
    let mut chars = summary.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), chars.as_str()),
        None => format!("runs `{}`", shown(component.name)),
    }
}

/// Whether a name says more than the id.
fn differs(name: &str, id: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    letters(name) != letters(id)
}

/// What it reads: fields of the input, outputs of stages, variables, the environment.
fn uses(look: &Look<'_>, number: u32) -> Vec<String> {
    let mut input: Vec<String> = Vec::new();
    let mut outputs: Vec<(u32, Vec<String>)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut env: Vec<String> = Vec::new();
    let mut whole = false;
    let add = |list: &mut Vec<String>, path: &[Arc<str>]| {
        if let Some(name) = path.first() {
            add_name(list, name);
        }
    };
    for read in &look.reads[number as usize].reads {
        match read.root {
            Root::Input => {
                whole |= read.path.is_empty();
                add(&mut input, &read.path);
            }
            Root::Upstream(other) => {
                let at = outputs.iter().position(|(stage, _)| *stage == other);
                let at = at.unwrap_or_else(|| {
                    outputs.push((other, Vec::new()));
                    outputs.len() - 1
                });
                add(&mut outputs[at].1, &read.path);
            }
            Root::Context => add(&mut names, &read.path),
            Root::Env => add(&mut env, &read.path),
            Root::AllUpstream | Root::Local => {}
        }
    }
    let mut out = Vec::new();
    if !input.is_empty() {
        out.push(format!("{} of the input", listed(&cut(input))));
    } else if whole {
        out.push("the input".to_owned());
    }
    for (stage, fields) in outputs {
        let id = shown(look.id(stage));
        out.push(match fields.is_empty() {
            true => format!("the output of `{id}`"),
            false => format!("{} of `{id}`", listed(&cut(fields))),
        });
    }
    if !names.is_empty() {
        out.push(listed(&cut(names)));
    }
    if !env.is_empty() {
        out.push(format!("{} of the environment", listed(&cut(env))));
    }
    if look.structure.stages[number as usize].reads_all {
        out.push("all outputs before it".to_owned());
    }
    out
}

/// The stages that it waits for without reading them.
fn only_after(look: &Look<'_>, scope: &Scope, number: u32) -> String {
    let shape = &look.structure.stages[number as usize];
    let is_member = |stage: &&u32| scope.members.iter().any(|member| member.stage == **stage);
    let others = shape.depends_on.iter().filter(is_member);
    let others = others.filter(|stage| !shape.reads.contains(stage));
    let names: Vec<String> = others
        .map(|stage| format!("`{}`", shown(look.id(*stage))))
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(", after {}", listed(&cut(names))),
    }
}

/// The expression by which a control stage decides.
fn condition(look: &Look<'_>, number: u32) -> Option<String> {
    if !look.is_control(number) {
        return None;
    }
    let decides = |kind| {
        matches!(
            kind,
            LazyKind::Condition | LazyKind::Test | LazyKind::Expression
        )
    };
    let lazy = look.component(number).lazy.iter();
    let mut texts = lazy.filter(|lazy| decides(lazy.kind)).filter_map(|lazy| {
        let input = look.stage(number).inputs.get(lazy.field)?;
        match &input.value {
            Value::Str(text) => Some(text.to_string()),
            _ => None,
        }
    });
    // A later field decides in place of an earlier one.
    let text = secrets::masked(&texts.next_back()?);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").replace('`', "'");
    let short: String = line.chars().take(MOST_OF_CONDITION).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    Some(format!("{}{more}", shown_whole(&short)))
}

/// The text with control characters escaped.
fn shown_whole(text: &str) -> String {
    crate::diagnostic::harmless(text.to_owned())
}
