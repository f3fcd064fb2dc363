//! The names in which files write a component's inputs: another name than the component's own
//! (`x-synonyms` of its input schema), one stage id where a list of them stands.
//!
//! They are brought to the component's own names here, so that the structure, the checks and the
//! executor know only those. Places in the file stay those of what was written.

use crate::{
    Value,
    component::Registry,
    model::{Spanned, Stage},
};

/// Brings a stage's inputs to the names that its component has for them.
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
            // The name is free, and the place stays the same.
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

/// One id as a list of one; a template stays what it is, and is refused by the checks.
fn listed(value: &Value) -> Value {
    match value {
        Value::Str(id) if !id.contains("{{") && !id.trim().is_empty() => {
            Value::from(vec![value.clone()])
        }
        other => other.clone(),
    }
}
