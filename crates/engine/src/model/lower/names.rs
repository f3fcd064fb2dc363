//! Normalizes a stage's inputs: synonyms (`x-synonyms` of the input schema) become the component's
//! own names, and a single stage id becomes a list of one.
//!
//! The structure, the checks and the executor therefore know only the component's own names.
//! Positions stay those of the original text.

use crate::{
    Value,
    component::Registry,
    model::{Spanned, Stage},
};

/// Renames a stage's inputs to its component's own names.
pub(super) fn normalize(stage: &mut Stage, registry: &Registry) {
    let Some(component) = registry.get(&stage.component.value) else {
        return;
    };
    for known in registry.synonyms(component) {
        if stage.inputs.contains_key(&known.field) {
            continue;
        }
        let mut others = known.others.iter();
        if let Some(at) = others.find_map(|name| stage.inputs.get_index_of(name)) {
            // `known.field` is not in use, so this cannot fail, and the position stays the same.
            let _ = stage.inputs.replace_index(at, known.field.clone());
        }
    }
    for list in component.inner {
        let Some(input) = stage.inputs.get_mut(list.field) else {
            continue;
        };
        match &input.value {
            Value::Map(lists) if list.map => {
                let lists = lists.iter().map(|(key, list)| (key.clone(), listed(list)));
                input.value = lists.collect();
            }
            _ if list.map => {}
            _ => one_to_list(input),
        }
    }
}

fn one_to_list(input: &mut Spanned<Value>) {
    input.value = listed(&input.value);
}

/// Wraps a single id in a list. A template stays as written; the checks reject it.
fn listed(value: &Value) -> Value {
    match value {
        Value::Str(id) if !id.contains("{{") && !id.trim().is_empty() => {
            Value::from(vec![value.clone()])
        }
        other => other.clone(),
    }
}
