//! The names of variables that stages put into `context`, as far as the file tells.

use std::collections::HashSet;

use super::{Pipeline, Stage, Structure};
use crate::{
    Value,
    component::{ContextName, Descriptor},
};

/// What a stage's inputs tell about a variable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclaredName<'a> {
    /// The literal name.
    Name(&'a str),
    /// The name is computed during the run.
    Computed,
}

/// Calls `visit` for each name that `declared` finds in a stage's inputs, with the input field that
/// holds the name. The field is `None` for a default, which applies where the field is left out.
pub(crate) fn names_of<'a>(
    stage: &'a Stage,
    declared: &[ContextName],
    mut visit: impl FnMut(DeclaredName<'a>, Option<&'static str>),
) {
    for one in declared {
        let (ContextName::TextOf(field, _) | ContextName::KeysOf(field)) = *one;
        let given = stage.inputs.get(field).map(|input| &input.value);
        let given = given.filter(|value| **value != Value::Null);
        match (*one, given) {
            (ContextName::TextOf(_, default), None) => {
                default
                    .into_iter()
                    .for_each(|name| visit(DeclaredName::Name(name), None));
            }
            (ContextName::TextOf(_, default), Some(Value::Str(text))) if text.trim().is_empty() => {
                default
                    .into_iter()
                    .for_each(|name| visit(DeclaredName::Name(name), None));
            }
            (ContextName::TextOf(..), Some(Value::Str(text))) if !text.contains("{{") => {
                visit(DeclaredName::Name(text.trim()), Some(field));
            }
            (ContextName::KeysOf(_), Some(Value::Map(map))) => {
                map.keys()
                    .for_each(|key| visit(DeclaredName::Name(key), Some(field)));
            }
            (ContextName::KeysOf(_), None) => {}
            (_, Some(_)) => visit(DeclaredName::Computed, Some(field)),
        }
    }
}

/// Calls `visit` for each name that a stage's inner stages may read: those that the executor sets
/// according to the roles of their lists, and those that the component declares.
pub(crate) fn bound_names<'a>(
    stage: &'a Stage,
    component: &Descriptor,
    mut visit: impl FnMut(DeclaredName<'a>),
) {
    for list in component.inner {
        list.role
            .names()
            .iter()
            .for_each(|name| visit(DeclaredName::Name(name)));
    }
    names_of(stage, component.binds, |said, _| visit(said));
}

/// All literal names. Computed names are not included.
pub(super) fn variables(pipeline: &Pipeline, structure: &Structure) -> HashSet<String> {
    let mut out = HashSet::new();
    let mut keep = |said: DeclaredName<'_>| {
        if let DeclaredName::Name(name) = said {
            out.insert(name.to_owned());
        }
    };
    for (stage, shape) in pipeline.stages.iter().zip(&structure.stages) {
        if let Some(component) = shape.component {
            bound_names(stage, component, &mut keep);
            names_of(stage, component.sets, |said, _| keep(said));
        }
    }
    out
}
