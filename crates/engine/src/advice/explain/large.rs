//! The summary of a pipeline with too many stages to describe each.

use std::collections::BTreeMap;

use super::{Part, cut, listed, stage, stages};
use crate::{advice::look::Look, component::BranchRole, diagnostic::shown};

/// The most parts of the summary.
const MOST_PARTS: usize = 40;

/// The top level in order: neighbours of the same component together, control stages with what is
/// inside them.
pub fn parts(look: &Look<'_>) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = look.order[0].as_slice();
    while let Some(first) = rest.first() {
        if out.len() + 1 == MOST_PARTS {
            break;
        }
        let component = look.component(*first).name;
        let same = |number: &&u32| look.component(**number).name == component;
        let length = match look.is_control(*first) {
            true => 1,
            false => rest.iter().take_while(same).count(),
        };
        let (group, after) = rest.split_at(length);
        rest = after;
        out.push(match group {
            [one] => one_stage(look, *one),
            _ => group_of(look, group),
        });
    }
    if !rest.is_empty() {
        out.push(Part {
            stage: None,
            depth: 0,
            text: format!("Then {} more: {}.", stages(rest.len()), kinds(look, rest)),
        });
    }
    out
}

fn one_stage(look: &Look<'_>, number: u32) -> Part {
    let mut text = stage::describe(look, &look.structure.scopes[0], number);
    let inside = look.inside(number);
    if !inside.is_empty() {
        let mut opens = look.opens(number);
        let is_loop = opens.any(|scope| scope.role == Some(BranchRole::Each));
        let inside = format!("{} ({})", stages(inside.len()), kinds(look, &inside));
        text.push_str(&match is_loop {
            true => format!(" {inside}."),
            false => format!(" Inside it: {inside}."),
        });
    }
    Part {
        stage: Some(look.id(number).to_owned()),
        depth: 0,
        text,
    }
}

fn group_of(look: &Look<'_>, group: &[u32]) -> Part {
    let names = group
        .iter()
        .map(|number| format!("`{}`", shown(look.id(*number))));
    let component = group
        .first()
        .map_or("", |first| look.component(*first).name);
    Part {
        stage: None,
        depth: 0,
        text: format!(
            "{} of `{}`: {}.",
            stages(group.len()),
            shown(component),
            listed(&cut(names.collect()))
        ),
    }
}

/// `12 `generator`, 3 `filter``, most frequent first.
fn kinds(look: &Look<'_>, numbers: &[u32]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for number in numbers {
        *counts.entry(look.component(*number).name).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names = counts
        .iter()
        .map(|(name, count)| format!("{count} `{name}`"));
    listed(&cut(names.collect()))
}
