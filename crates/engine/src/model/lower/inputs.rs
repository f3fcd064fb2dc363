//! What a stage hands to its component: `config`, with `input_mapping` laid over it.

use super::read;
use crate::{
    diagnostic::Report,
    model::{Spanned, Stage},
    source::Node,
};

/// Lays one of the two objects over what is there.
pub(super) fn overlay(report: &mut Report<'_>, node: Node<'_>, stage: &mut Stage) {
    let Some(node) = read::object(report, node) else {
        return;
    };
    for child in node.children() {
        let key = child.key().unwrap_or_default().into_owned();
        let value = Spanned {
            value: child.value(),
            span: child.span(),
        };
        match stage.inputs.insert_full(key, value) {
            (at, Some(_)) => stage.input_nodes[at] = child.id(),
            (_, None) => stage.input_nodes.push(child.id()),
        }
    }
}

/// Takes a literal text out of the inputs; `false` if there is none.
pub(super) fn take_text(stage: &mut Stage, field: &str, place: &mut Option<String>) -> bool {
    let Some((at, _, input)) = stage.inputs.get_full(field) else {
        return false;
    };
    let Some(text) = input.value.as_str().map(str::trim) else {
        return false;
    };
    if text.is_empty() || text.contains("{{") {
        return false;
    }
    *place = Some(text.to_owned());
    stage.inputs.shift_remove_index(at);
    stage.input_nodes.remove(at);
    true
}
