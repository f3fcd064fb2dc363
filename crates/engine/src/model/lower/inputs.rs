//! A stage's inputs: `config` overlaid with `input_mapping`.

use super::read;
use crate::{
    diagnostic::Report,
    model::{Spanned, Stage},
    source::Node,
};

/// Overlays the stage's inputs with those of one object; later values win.
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

/// Moves a literal text from the inputs to `place`; `false` if the field has none.
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
