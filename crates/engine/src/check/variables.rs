//! Variables: that two stages do not set one in no order, and that somebody sets what is read.

use std::collections::{BTreeMap, HashSet};

use types::ErrorCode;

use super::{Check, did_you_mean, shown, visible::Visible};
use crate::{
    Value,
    expr::Root,
    model::{OF_A_LOOP, Stage, Structure},
    source::Node,
};

/// More writers of one name than this are compared with their neighbours only.
const MAX_PAIRS: usize = 64;

/// Names that the executor gives, beside those of a loop.
const GIVEN: &[&str] = &[
    "item",
    "index",
    "error",
    "variables",
    "run_id",
    "pipeline_id",
    "pipeline_version",
    "stage_id",
    "trace_id",
];

/// Who sets what.
#[derive(Default)]
struct Names<'a> {
    writers: BTreeMap<String, Vec<(u32, Node<'a>)>>,
    items: HashSet<String>,
    /// A name is computed: any could be set.
    open: bool,
}

pub(super) fn check(check: &mut Check<'_>) {
    let names = names(check);
    let mut visible = None;
    for (name, writers) in names
        .writers
        .iter()
        .filter(|(_, writers)| writers.len() > 1)
    {
        let visible = visible.get_or_insert_with(|| Visible::new(check.structure));
        conflicts(check, visible, name, writers);
    }
    unset(check, &names);
}

fn names<'a>(check: &Check<'a>) -> Names<'a> {
    let mut out = Names::default();
    for (number, stage) in check.stages() {
        match stage.component.value.as_str() {
            "variable_set" => written(check, number, stage, &mut out),
            "trycatch" => {
                if let Some(Value::Str(name)) = stage.inputs.get("error_variable").map(|v| &v.value)
                {
                    out.open |= name.contains("{{");
                    out.items.insert(name.to_string());
                }
            }
            "foreach" => {
                for (field, standard) in [("item_variable", "item"), ("index_variable", "index")] {
                    let name = match stage.inputs.get(field).map(|value| &value.value) {
                        Some(Value::Str(text)) => text.as_ref(),
                        _ => standard,
                    };
                    out.open |= name.contains("{{");
                    out.items.insert(name.to_owned());
                }
            }
            _ => {}
        }
    }
    out
}

fn written<'a>(check: &Check<'a>, number: u32, stage: &Stage, out: &mut Names<'a>) {
    if let Some(node) = check.input(stage, "name") {
        match node.text() {
            Some(text) if text.contains("{{") => out.open = true,
            Some(text) => out
                .writers
                .entry(text.into_owned())
                .or_default()
                .push((number, node)),
            None => {}
        }
    }
    let Some(node) = check.input(stage, "variables") else {
        return;
    };
    out.open |= node.text().is_some();
    for child in node.children() {
        let Some(key) = child.key() else { continue };
        let writers = out.writers.entry(key.into_owned()).or_default();
        // The stage may say a name twice; that is no conflict.
        if writers.last().is_none_or(|(last, _)| *last != number) {
            writers.push((number, child));
        }
    }
}

fn conflicts(check: &mut Check<'_>, visible: &Visible, name: &str, writers: &[(u32, Node<'_>)]) {
    for (at, (stage, node)) in writers.iter().enumerate().skip(1) {
        let from = if writers.len() > MAX_PAIRS { at - 1 } else { 0 };
        let other = writers[from..at].iter().find(|(other, _)| {
            visible.sees(*stage, *other) == Some(false)
                && visible.sees(*other, *stage) == Some(false)
                && !exclusive(check.structure, *stage, *other)
        });
        let Some((other, first)) = other else {
            continue;
        };
        check.about(&check.pipeline.stages[*stage as usize]);
        let message = format!(
            "the stages `{}` and `{}` both set the variable `{}`, and neither waits for the other",
            shown(check.id(*other)),
            shown(check.id(*stage)),
            shown(name),
        );
        check
            .report
            .error(ErrorCode::VariableConflict, *node, message)
            .help("let one depend on the other, or use two names")
            .relate("the other one", first.span());
    }
    check.report.stage = None;
}

/// Whether the two stand in branches of which at most one is taken.
fn exclusive(structure: &Structure, one: u32, other: u32) -> bool {
    let mine = around(structure, one);
    let its = around(structure, other);
    mine.iter().any(|(control, branches)| {
        its.get(control)
            .is_some_and(|others| branches.is_disjoint(others))
    })
}

/// The control stages around a stage that choose, with the branches in which it stands.
fn around(structure: &Structure, stage: u32) -> BTreeMap<u32, HashSet<u32>> {
    let mut out: BTreeMap<u32, HashSet<u32>> = BTreeMap::new();
    let mut seen = HashSet::from([stage]);
    let mut open = vec![stage];
    while let Some(stage) = open.pop() {
        for number in &structure.stages[stage as usize].scopes {
            let scope = &structure.scopes[*number as usize];
            let Some(control) = scope.control else {
                continue;
            };
            if !matches!(scope.branch.as_ref(), "try" | "catch" | "finally" | "loop") {
                out.entry(control).or_default().insert(*number);
            }
            if seen.insert(control) {
                open.push(control);
            }
        }
    }
    out
}

/// Reads of `context.x` that nobody sets.
fn unset(check: &mut Check<'_>, names: &Names<'_>) {
    if names.open
        || check
            .structure
            .stages
            .iter()
            .any(|shape| shape.component.is_none())
    {
        return;
    }
    for ((_, stage), found) in check.stages().zip(check.reads) {
        let mut told = HashSet::new();
        for read in found.reads.iter().filter(|read| read.root == Root::Context) {
            let Some(name) = read.path.first().map(|name| name.as_ref()) else {
                continue;
            };
            let known = GIVEN.contains(&name)
                || OF_A_LOOP.contains(&name)
                || names.items.contains(name)
                || names.writers.contains_key(name);
            if known || !told.insert(name) {
                continue;
            }
            let all = names.writers.keys().chain(&names.items).map(String::as_str);
            let near = did_you_mean(name, all);
            check.about(stage);
            let node = check.node(read.node);
            let message = format!("no stage sets the variable `{}`", shown(name));
            check
                .report
                .warning(ErrorCode::UnknownName, node, message)
                .at(read.span)
                .suggest(near.or_else(|| Some("set it with `variable_set`".to_owned())));
        }
    }
    check.report.stage = None;
}
