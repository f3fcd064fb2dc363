//! Finds dependency cycles, and control stages that are nested inside themselves.

use std::collections::{HashMap, HashSet};

use types::ErrorCode;

use super::{Check, shown};
use crate::model::{MAX_CONTROL_DEPTH, Scope, Span, Stage};

/// Reports cycles. True if the order of the stages is sound enough for further checks.
pub(super) fn check(check: &mut Check<'_>) -> bool {
    if check.structure.too_deep {
        nesting(check);
        return false;
    }
    let structure = check.structure;
    for scope in &structure.scopes {
        for cycle in cycles(scope) {
            tell(check, &cycle);
        }
    }
    check.report.stage = None;
    true
}

/// Cycles of one list, no stage in more than one. A cycle with a dependency on another cycle may
/// stay unreported until that one is fixed.
fn cycles(scope: &Scope) -> Vec<Vec<u32>> {
    // Repeatedly remove the members that wait for nothing, then those that nothing waits for. The
    // members that remain are in cycles or between cycles.
    let places: HashMap<u32, usize> = scope
        .members
        .iter()
        .enumerate()
        .map(|(at, m)| (m.stage, at))
        .collect();
    let mut left = vec![true; scope.members.len()];
    let mut open: Vec<usize> = Vec::new();
    for forward in [true, false] {
        let edges = |at: usize| -> &[u32] {
            let member = &scope.members[at];
            if forward {
                &member.waits_for
            } else {
                &member.awaited_by
            }
        };
        let back = |at: usize| -> &[u32] {
            let member = &scope.members[at];
            if forward {
                &member.awaited_by
            } else {
                &member.waits_for
            }
        };
        let mut counts: Vec<usize> = (0..scope.members.len())
            .map(|at| {
                let live = |s: &&u32| places.get(*s).is_some_and(|place| left[*place]);
                edges(at).iter().filter(live).count()
            })
            .collect();
        open.extend((0..counts.len()).filter(|at| left[*at] && counts[*at] == 0));
        while let Some(at) = open.pop() {
            left[at] = false;
            for place in back(at).iter().filter_map(|other| places.get(other)) {
                if left[*place] {
                    counts[*place] = counts[*place].saturating_sub(1);
                    if counts[*place] == 0 {
                        open.push(*place);
                    }
                }
            }
        }
    }
    walk(scope, &places, &left)
}

/// From each remaining member, follows what it waits for until a member repeats.
fn walk(scope: &Scope, places: &HashMap<u32, usize>, left: &[bool]) -> Vec<Vec<u32>> {
    let mut out = Vec::new();
    let mut walked = vec![0usize; scope.members.len()];
    for start in 0..scope.members.len() {
        let mut way: Vec<usize> = Vec::new();
        let mut at = start;
        while left[at] && walked[at] == 0 {
            walked[at] = start + 1;
            way.push(at);
            let next = scope.members[at]
                .waits_for
                .iter()
                .filter_map(|s| places.get(s));
            let Some(next) = next.copied().find(|place| left[*place]) else {
                break;
            };
            at = next;
        }
        let again = way
            .iter()
            .position(|place| *place == at && walked[at] == start + 1);
        if let Some(from) = again.filter(|_| !way.is_empty()) {
            out.push(
                way[from..]
                    .iter()
                    .map(|place| scope.members[*place].stage)
                    .collect(),
            );
        }
    }
    out
}

fn tell(check: &mut Check<'_>, cycle: &[u32]) {
    let Some((first, at)) = cycle.iter().copied().zip(0..).min() else {
        return;
    };
    let turned: Vec<u32> = cycle[at..].iter().chain(&cycle[..at]).copied().collect();
    let stage = &check.pipeline.stages[first as usize];
    check.about(stage);
    let next = turned.get(1).copied().unwrap_or(first);
    let list = check.field(stage, "depends_on");
    let next_id = check.id(next);
    if turned.len() == 1 {
        return waits_for_its_own(check, first);
    }
    let named = list
        .children()
        .find(|item| item.text().is_some_and(|text| text == next_id));
    let node = named.unwrap_or(list);
    let mut names: Vec<String> = turned
        .iter()
        .take(20)
        .map(|stage| format!("`{}`", shown(check.id(*stage))))
        .collect();
    if turned.len() > names.len() {
        names.push(format!("… ({} more)", turned.len() - names.len()));
    }
    names.push(format!("`{}`", shown(check.id(first))));
    let message = format!(
        "these stages wait for each other in a cycle: {}",
        names.join(" → ")
    );
    check
        .report
        .error(ErrorCode::Cycle, node, message)
        .help("each waits for the next one; remove one of these dependencies");
}

/// Reports a control stage that waits for stages inside it, which only it can start. Each of them is reported: which
/// ones are depends on no order.
fn waits_for_its_own(check: &mut Check<'_>, control: u32) {
    let structure = check.structure;
    let stage = &check.pipeline.stages[control as usize];
    let dependencies = &structure.stages[control as usize].depends_on;
    let inner: Vec<(u32, (&'static str, u32))> = dependencies
        .iter()
        .filter_map(|other| Some((*other, held(check, *other, control)?)))
        .collect();
    if inner.is_empty() {
        let list = check.field(stage, "depends_on");
        let message = format!("the stage `{}` waits for itself", shown(&stage.id.value));
        check.report.error(ErrorCode::Cycle, list, message);
    }
    for (other, (field, holder)) in inner {
        waits_for_inner(check, stage, other, (field, holder));
    }
}

/// `holder` is the stage that `field` names: `inner` itself, or what contains it.
fn waits_for_inner(
    check: &mut Check<'_>,
    stage: &Stage,
    inner: u32,
    (field, holder): (&'static str, u32),
) {
    let list = check.field(stage, "depends_on");
    let id = shown(check.id(inner));
    let named = list
        .children()
        .find(|item| item.text().is_some_and(|text| text == check.id(inner)));
    let message = format!(
        "the stage `{}` waits for `{id}`, which is nested inside it and starts only after it",
        shown(&stage.id.value)
    );
    let holder_id = check.id(holder);
    let place = naming(check, stage, field, holder_id);
    check
        .report
        .error(ErrorCode::Cycle, named.unwrap_or(list), message)
        .help(format!(
            "remove the dependency, or remove `{}` from `{field}`",
            shown(holder_id)
        ))
        .relate(
            format!("`{field}` names `{}` here", shown(holder_id)),
            place,
        );
}

/// How a stage is nested inside `control`: the input field, and the stage named in it, which is the
/// stage itself or contains it.
fn held(check: &Check<'_>, stage: u32, control: u32) -> Option<(&'static str, u32)> {
    let structure = check.structure;
    let mut seen = HashSet::from([stage]);
    let mut open = vec![stage];
    while let Some(at) = open.pop() {
        for scope in &structure.stages[at as usize].scopes {
            let scope = &structure.scopes[*scope as usize];
            match scope.control {
                Some(holder) if holder == control => return Some((scope.field, at)),
                Some(holder) if seen.insert(holder) => open.push(holder),
                _ => {}
            }
        }
    }
    None
}

/// The position at which a field (a list or an object of lists) names a stage.
fn naming(check: &Check<'_>, stage: &Stage, field: &str, id: &str) -> Span {
    let Some(node) = check.input(stage, field) else {
        return stage.id.span;
    };
    let lists = node.children().chain([node]);
    lists
        .flat_map(|list| list.children().chain([list]))
        .find(|item| item.text().is_some_and(|text| text == id))
        .map_or(node.span(), |item| item.span())
}

/// Reports why inner lists cannot be followed to their end.
fn nesting(check: &mut Check<'_>) {
    // Follow each stage to a stage that contains it; a stage that is reached twice contains itself.
    let structure = check.structure;
    let holder = |stage: u32| {
        let scopes = &structure.stages[stage as usize].scopes;
        scopes
            .iter()
            .find_map(|scope| structure.scopes[*scope as usize].control)
    };
    let mut seen = vec![0u32; structure.stages.len()];
    let mut found = false;
    for start in 0..structure.stages.len() as u32 {
        let mut at = Some(start);
        let mut way = Vec::new();
        while let Some(stage) = at.filter(|stage| seen[*stage as usize] == 0) {
            seen[stage as usize] = start + 1;
            way.push(stage);
            at = holder(stage);
        }
        let Some(again) = at.filter(|stage| seen[*stage as usize] == start + 1) else {
            continue;
        };
        let from = way
            .iter()
            .position(|stage| *stage == again)
            .unwrap_or_default();
        let names: Vec<String> = way[from..]
            .iter()
            .take(20)
            .chain([&again])
            .map(|stage| format!("`{}`", shown(check.id(*stage))))
            .collect();
        let stage = &check.pipeline.stages[again as usize];
        check.about(stage);
        let node = check.node(stage.node);
        let message = format!(
            "these control stages are nested inside each other: {}",
            names.join(" in ")
        );
        // The position at which the enclosing stage names this one.
        let outer = &check.pipeline.stages[way.get(from + 1).copied().unwrap_or(again) as usize];
        let scopes = structure.stages[again as usize].scopes.iter();
        let field = scopes
            .map(|scope| &structure.scopes[*scope as usize])
            .find(|scope| scope.control.is_some_and(|c| check.id(c) == outer.id.value))
            .map_or("", |scope| scope.field);
        let place = naming(check, outer, field, &stage.id.value);
        check
            .report
            .error(ErrorCode::Cycle, node, message)
            .at(stage.id.span)
            .help(format!(
                "remove `{}` from `{field}`",
                shown(&stage.id.value)
            ))
            .relate(
                format!("`{}` names it in `{field}`", shown(&outer.id.value)),
                place,
            );
        found = true;
    }
    check.report.stage = None;
    if !found {
        let root = check.pipeline.document.root();
        let node = root.get("stages").unwrap_or(root);
        let message = format!(
            "control stages are nested deeper than {MAX_CONTROL_DEPTH} levels, or in too \
             many ways"
        );
        check
            .report
            .error(ErrorCode::NestingTooDeep, node, message)
            .at(node.key_span());
    }
}
