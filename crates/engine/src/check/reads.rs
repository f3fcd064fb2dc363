//! Checks that templates and expressions compile, and that the stages they read have finished.

use std::collections::HashSet;

use types::ErrorCode;

use super::{Check, shown, visible::Visible};
use crate::{Value, expr::Root};

/// Reports errors of templates and expressions, with their position inside the text.
pub(super) fn errors(check: &mut Check<'_>) {
    for ((_, stage), found) in check.stages().zip(check.reads) {
        check.about(stage);
        for error in &found.errors {
            let node = check.node(error.node);
            check
                .report
                .error(error.error.code, node, error.error.message.clone())
                .at(error.span)
                .suggest(error.error.suggestion.clone());
        }
        // A stage may be meant to fail, so these are only warnings.
        for failure in &found.failures {
            let node = check.node(failure.node);
            let message = format!("this fails in every run: {}", failure.error.message);
            check
                .report
                .warning(failure.error.code, node, message)
                .at(failure.span)
                .suggest(failure.error.suggestion.clone());
        }
    }
    check.report.stage = None;
}

/// Reports reads of stages that may not have finished.
pub(super) fn dependencies(check: &mut Check<'_>) {
    let structure = check.structure;
    let hidden = hidden(check);
    let mut visible = None;
    for ((number, stage), found) in check.stages().zip(check.reads) {
        let shape = &structure.stages[number as usize];
        let mut told = HashSet::new();
        for read in &found.reads {
            let Root::Upstream(other) = read.root else {
                continue;
            };
            if other != number && shape.depends_on.contains(&other) || !told.insert(other) {
                continue;
            }
            let id = shown(check.id(other));
            check.about(stage);
            let node = check.node(read.node);
            if other == number {
                let message = format!("the stage `{id}` reads its own output");
                check
                    .report
                    .error(ErrorCode::Cycle, node, message)
                    .at(read.span);
                continue;
            }
            let visible = visible.get_or_insert_with(|| Visible::new(structure));
            if visible.sees(number, other) != Some(false)
                || hidden.contains(stage.id.value.as_str())
            {
                continue;
            }
            let message = format!(
                "`{}` reads the stage `{id}` but does not depend on it, directly or indirectly",
                shown(&stage.id.value)
            );
            let backwards = visible.sees(other, number) == Some(true);
            let help = if backwards {
                format!("`{id}` itself waits for this stage: the two cannot read each other")
            } else {
                format!("add \"{id}\" to `depends_on`")
            };
            check
                .report
                .error(ErrorCode::MissingDependency, node, message)
                .at(read.span)
                .help(help);
        }
    }
    check.report.stage = None;
}

/// Stages that a stage of an unknown component names in its inputs. They may be its inner stages,
/// so it is not known what they may read.
fn hidden<'a>(check: &Check<'a>) -> HashSet<&'a str> {
    fn texts<'a>(value: &'a Value, out: &mut HashSet<&'a str>) {
        match value {
            Value::List(items) => out.extend(items.iter().filter_map(Value::as_str)),
            Value::Map(map) => map.values().for_each(|value| texts(value, out)),
            _ => {}
        }
    }
    let mut out = HashSet::new();
    for (number, stage) in check.stages() {
        if check.structure.stages[number as usize].component.is_none() {
            stage
                .inputs
                .values()
                .for_each(|value| texts(&value.value, &mut out));
        }
    }
    out
}
