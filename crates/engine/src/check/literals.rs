//! Checks literal values by rules that only the component knows, and the pipeline's own JSON
//! schemas.

use std::collections::HashMap;

use types::ErrorCode;

use super::{Check, shown};
use crate::{
    component::{Descriptor, LiteralFault, Literals},
    model::{Span, Stage, has_template},
    source::Node,
    template::PathPart,
};

/// Checks `input_schema` and `output_schema` of the file.
pub(super) fn schemas(check: &mut Check<'_>) {
    let Some(faults) = check.registry.schema_check() else {
        return;
    };
    let root = check.pipeline.document.root();
    for (key, schema, used) in [
        ("input_schema", &check.pipeline.input_schema, true),
        ("output_schema", &check.pipeline.output_schema, false),
    ] {
        let (Some(schema), Some(node)) = (schema, root.get(key)) else {
            continue;
        };
        for mut fault in faults(schema) {
            // The output schema is not used yet, so its faults are only warnings.
            fault.warning |= !used;
            tell(check, node, &fault);
        }
    }
}

/// Lets a component check a stage's literal inputs. Fields already reported (`wrong`, by their
/// names in the schema) are left out.
pub(super) fn stage(
    check: &mut Check<'_>,
    stage: &Stage,
    component: &Descriptor,
    names: &HashMap<String, String>,
    wrong: &[&str],
) {
    let Some(faults) = component.literals else {
        return;
    };
    let mut given = Literals::default();
    let mut places = HashMap::new();
    for ((field, value), id) in stage.inputs.iter().zip(&stage.input_nodes) {
        let Some(real) = names.get(field) else {
            continue;
        };
        let lazy = component.lazy.iter().any(|lazy| lazy.field == real);
        let literal = !lazy && !wrong.contains(&real.as_str()) && !has_template(&value.value);
        given.insert(real, &value.value, literal);
        places.insert(real.as_str(), *id);
    }
    for fault in faults(&given) {
        let place = match fault.path.first() {
            Some(PathPart::Field(field)) => places.get(field.as_ref()),
            _ => None,
        };
        match place {
            Some(id) => {
                let node = check.node(*id);
                let way = fault.path.get(1..).unwrap_or_default().to_vec();
                tell(check, node, &LiteralFault { path: way, ..fault });
            }
            None => {
                let node = check.node(stage.node);
                let report = &mut check.report;
                match fault.warning {
                    true => report.warning(ErrorCode::InvalidValue, node, fault.message),
                    false => report.error(ErrorCode::InvalidValue, node, fault.message),
                }
                .at(stage.component.span)
                .suggest(fault.suggestion);
            }
        }
    }
}

/// Reports a fault inside `node`, at the innermost value of its path that exists.
fn tell(check: &mut Check<'_>, node: Node<'_>, fault: &LiteralFault) {
    let at = fault.path.iter().fold(node, |node, part| {
        let found = match part {
            PathPart::Field(key) => node.get(key),
            PathPart::Index(index) => node.item(*index),
        };
        found.unwrap_or(node)
    });
    let name = match (at.key(), at.parent().and_then(|parent| parent.key())) {
        (Some(key), _) => shown(&key),
        (None, Some(list)) => format!("{}[{}]", shown(&list), at.nth()),
        (None, None) => "value".to_owned(),
    };
    let message = format!("`{name}` {}", fault.message);
    let span = match fault.offset {
        Some(offset) => {
            let start = at.source_offset(offset);
            let end = at.source_offset(offset.saturating_add(1)).max(start);
            Span { start, end }
        }
        None => at.span(),
    };
    let report = &mut check.report;
    match fault.warning {
        true => report.warning(ErrorCode::InvalidValue, at, message),
        false => report.error(ErrorCode::InvalidValue, at, message),
    }
    .at(span)
    .suggest(fault.suggestion.clone());
}
