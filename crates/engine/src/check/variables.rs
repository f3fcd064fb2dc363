//! Checks that no two unordered stages set the same variable, and that variables that are read are
//! set somewhere.

use std::collections::{BTreeMap, HashSet};

use types::ErrorCode;

use super::{Check, did_you_mean, shown, visible::Visible};
use crate::{
    component::{BranchRole, ContextName, Registry},
    expr::Root,
    model::{DeclaredName, Stage, Structure, bound_names, names_of},
    source::{Kind, Node},
};

/// If a variable has more writers than this, each is compared only with the previous one.
const MAX_PAIRS: usize = 64;

/// Names that the executor provides in every stage's `context`.
const GIVEN: &[&str] = &[
    "variables",
    "run_id",
    "pipeline_id",
    "pipeline_version",
    "stage_id",
    "trace_id",
];

/// The names that stages set and bind.
#[derive(Default)]
struct Names<'a> {
    writers: BTreeMap<String, Vec<(u32, Node<'a>)>>,
    items: HashSet<String>,
    /// Some name is computed at run time, so any name may be set.
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
        let Some(component) = check.structure.stages[number as usize].component else {
            continue;
        };
        bound_names(stage, component, |said| match said {
            DeclaredName::Name(name) => {
                out.items.insert(name.to_owned());
            }
            DeclaredName::Computed => out.open = true,
        });
        names_of(stage, component.sets, |said, field| match said {
            DeclaredName::Name(name) => {
                let writers = out.writers.entry(name.to_owned()).or_default();
                // A stage may set a name twice; that is no conflict.
                if writers.last().is_none_or(|(last, _)| *last != number) {
                    writers.push((number, place(check, stage, field, name)));
                }
            }
            DeclaredName::Computed => out.open = true,
        });
    }
    out
}

/// The position at which a stage names a variable.
fn place<'a>(check: &Check<'a>, stage: &Stage, field: Option<&str>, name: &str) -> Node<'a> {
    let node = field.and_then(|field| check.input(stage, field));
    match node {
        Some(object) if object.kind() == Kind::Object => object.get(name).unwrap_or(object),
        Some(text) => text,
        None => check.node(stage.node),
    }
}

/// Names that the inner stages of some component may read by default. Reading one is never reported
/// as unset.
fn usual(registry: &Registry) -> HashSet<&'static str> {
    let mut out = HashSet::new();
    for component in registry.iter() {
        out.extend(component.inner.iter().flat_map(|list| list.role.names()));
        out.extend(component.binds.iter().filter_map(|name| match name {
            ContextName::TextOf(_, default) => *default,
            ContextName::KeysOf(_) => None,
        }));
    }
    out
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
            .help("make one depend on the other, or use two names")
            .relate("the other one", first.span());
    }
    check.report.stage = None;
}

/// Whether the two stages are in branches of which at most one is taken.
fn exclusive(structure: &Structure, one: u32, other: u32) -> bool {
    let mine = around(structure, one);
    let its = around(structure, other);
    mine.iter().any(|(control, branches)| {
        its.get(control)
            .is_some_and(|others| branches.is_disjoint(others))
    })
}

/// The control stages around a stage that take at most one of their branches, each with the
/// branches that contain the stage.
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
            if scope.role == Some(BranchRole::One) {
                out.entry(control).or_default().insert(*number);
            }
            if seen.insert(control) {
                open.push(control);
            }
        }
    }
    out
}

/// Warns about reads of `context.x` where no stage sets `x`.
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
    let usual = usual(check.registry);
    let setter = check.registry.iter().find(|one| !one.sets.is_empty());
    for ((_, stage), found) in check.stages().zip(check.reads) {
        let mut told = HashSet::new();
        for read in found.reads.iter().filter(|read| read.root == Root::Context) {
            let Some(name) = read.path.first().map(|name| name.as_ref()) else {
                continue;
            };
            let known = GIVEN.contains(&name)
                || usual.contains(name)
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
                .suggest(near.or_else(|| Some(format!("set it with `{}`", setter?.name))));
        }
    }
    check.report.stage = None;
}
