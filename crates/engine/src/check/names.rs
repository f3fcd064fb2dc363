//! Checks that components, dependencies, inner stages and the output stage exist, and that ids are
//! unique.

use std::collections::HashMap;

use types::ErrorCode;

use super::{Check, did_you_mean, shown};
use crate::{
    component::{Descriptor, InnerList},
    model::{COMPONENT_KEYS, Span, Stage},
    source::{Kind, Node},
};

pub(super) fn check(check: &mut Check<'_>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for (number, stage) in check.stages() {
        check.about(stage);
        duplicate(check, stage, &mut first);
        match check.structure.stages[number as usize].component {
            Some(component) => inner(check, number, stage, component),
            None => component(check, stage),
        }
        dependencies(check, stage);
    }
    check.report.stage = None;
    output(check);
}

fn duplicate<'a>(check: &mut Check<'a>, stage: &'a Stage, first: &mut HashMap<&'a str, Span>) {
    let id = stage.id.value.as_str();
    if id.is_empty() {
        return;
    }
    match first.get(id) {
        Some(before) => {
            let node = check.field(stage, "id");
            check
                .report
                .error(
                    ErrorCode::DuplicateStage,
                    node,
                    format!("the stage id `{}` is used twice", shown(id)),
                )
                .help("rename one of the two, and update the `depends_on` that refer to it")
                .relate(format!("the first stage `{}`", shown(id)), *before);
        }
        None => {
            first.insert(id, stage.id.span);
        }
    }
}

fn component(check: &mut Check<'_>, stage: &Stage) {
    let name = stage.component.value.as_str();
    if name.is_empty() {
        return;
    }
    let whole = check.node(stage.node);
    let node = COMPONENT_KEYS
        .iter()
        .filter_map(|key| whole.get(key))
        .find(|node| node.span() == stage.component.span)
        .unwrap_or(whole);
    if check.registry.is_unavailable(name) {
        let message =
            format!("the component `{name}` is not available in this version of FlowMason");
        check
            .report
            .error(ErrorCode::Unsupported, node, message)
            .help("`flowmason components` lists those that are available");
        return;
    }
    let written = node.text().unwrap_or_default();
    let near = crate::diagnostic::similar(name, check.registry.iter().map(|c| c.name));
    let message = match near {
        Some(near) => {
            format!(
                "unknown component `{}`; did you mean `{near}`?",
                shown(&written)
            )
        }
        None => format!("unknown component `{}`", shown(&written)),
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`flowmason components` lists the components".to_owned(),
    };
    check
        .report
        .error(ErrorCode::UnknownComponent, node, message)
        .help(help);
}

fn dependencies(check: &mut Check<'_>, stage: &Stage) {
    if stage.depends_on.is_empty() {
        return;
    }
    let list = check.field(stage, "depends_on");
    let items: Vec<Node<'_>> = list
        .children()
        .filter(|item| item.kind() == Kind::Text)
        .collect();
    for (named, node) in stage.depends_on.iter().zip(items) {
        let id = named.value.as_str();
        if id == stage.id.value {
            let message = format!("the stage `{}` depends on itself", shown(id));
            check
                .report
                .error(ErrorCode::Cycle, node, message)
                .help("remove it from `depends_on`");
        } else if !check.structure.index.contains_key(id) {
            let message = format!("`depends_on` names the unknown stage `{}`", shown(id));
            unknown_stage(check, node, id, message);
        }
    }
}

fn unknown_stage(check: &mut Check<'_>, node: Node<'_>, id: &str, message: String) {
    let near = did_you_mean(id, check.structure.index.keys().map(String::as_str));
    check
        .report
        .error(ErrorCode::UnknownStage, node, message)
        .suggest(near);
}

/// Checks the lists that name inner stages.
fn inner(check: &mut Check<'_>, number: u32, stage: &Stage, component: &'static Descriptor) {
    for list in component.inner {
        let Some(node) = check.input(stage, list.field) else {
            continue;
        };
        match (list.map, node.kind()) {
            (_, Kind::Null) => {}
            (false, Kind::List | Kind::Text) => ids(check, number, list, node),
            (true, Kind::Object) => {
                for key in node.children() {
                    match key.kind() {
                        Kind::List | Kind::Text => ids(check, number, list, key),
                        _ => not_ids(check, key, "a list of stage ids"),
                    }
                }
            }
            (false, _) => not_ids(check, node, "a list of stage ids"),
            (true, _) => not_ids(check, node, "an object of lists of stage ids"),
        }
    }
}

fn not_ids(check: &mut Check<'_>, node: Node<'_>, takes: &str) {
    let key = node.key().unwrap_or_default();
    let mut message = format!(
        "`{}` takes {takes}, not {}",
        shown(&key),
        node.kind().name()
    );
    if node.text().is_some_and(|text| text.contains("{{")) {
        message.push_str("; inner stages cannot be computed");
    }
    check.report.error(ErrorCode::WrongType, node, message);
}

fn ids(check: &mut Check<'_>, number: u32, inner: &InnerList, list: Node<'_>) {
    // Use the key as written in the file, except for a key inside an object of lists.
    let written = list.key().filter(|key| !inner.map && !key.is_empty());
    let field = written.as_deref().unwrap_or(inner.field);
    // A single id is accepted in place of a list.
    let one = (list.kind() == Kind::Text).then_some(list);
    if one.is_some_and(|id| id.text().is_some_and(|text| text.contains("{{"))) {
        return not_ids(check, list, "a list of stage ids");
    }
    for item in one.into_iter().chain(list.children()) {
        let Some(id) = item.text() else {
            let message = format!(
                "`{field}` names stages by their ids, not {}",
                item.kind().name()
            );
            check.report.error(ErrorCode::WrongType, item, message);
            continue;
        };
        match check.structure.index.get(id.as_ref()) {
            None => {
                let message = format!("`{field}` names the unknown stage `{}`", shown(&id));
                unknown_stage(check, item, &id, message);
            }
            Some(other) if *other == number => {
                let message = format!("the stage `{}` is nested inside itself", shown(&id));
                check
                    .report
                    .error(ErrorCode::Cycle, item, message)
                    .help("remove it from the list");
            }
            Some(_) => {}
        }
    }
}

fn output(check: &mut Check<'_>) {
    let Some(output) = &check.pipeline.output_stage else {
        return;
    };
    if check.structure.index.contains_key(&output.value) {
        return;
    }
    let root = check.pipeline.document.root();
    let node = root.get("output_stage_id").unwrap_or(root);
    let message = format!(
        "`output_stage_id` names the unknown stage `{}`",
        shown(&output.value)
    );
    unknown_stage(check, node, &output.value, message);
}
