//! Warns about fields of the input and of stage outputs that look like typos: the schema does not
//! have the field, but has one with a similar name. Only a warning, since schemas are open.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;
use types::ErrorCode;

use super::{Check, did_you_mean, shown};
use crate::{Value, component::Descriptor, expr::Root};

pub(super) fn check(check: &mut Check<'_>) {
    let input: Vec<&str> = check
        .pipeline
        .input_schema
        .as_ref()
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(|fields| fields.keys().map(|name| name.as_ref()))
        .collect();
    let mut outputs: HashMap<&'static str, Vec<String>> = HashMap::new();
    for ((_, stage), found) in check.stages().zip(check.reads) {
        let mut told = HashSet::new();
        for read in &found.reads {
            let Some(field) = read.path.first().map(|name| name.as_ref()) else {
                continue;
            };
            let (near, what) = match read.root {
                Root::Input if !input.contains(&field) => (
                    did_you_mean(field, input.iter().copied()),
                    "the input schema has".to_owned(),
                ),
                Root::Upstream(other) => {
                    let Some(component) = check.structure.stages[other as usize].component else {
                        continue;
                    };
                    let fields = outputs
                        .entry(component.name)
                        .or_insert_with(|| fields_of(component));
                    let own = component
                        .own_field
                        .is_some_and(|(name, _)| name == field || name == "*");
                    if own || fields.iter().any(|known| known == field) {
                        continue;
                    }
                    let near = did_you_mean(field, fields.iter().map(String::as_str));
                    (near, format!("`{}` gives", component.name))
                }
                _ => continue,
            };
            let Some(near) = near.filter(|_| told.insert(field)) else {
                continue;
            };
            check.about(stage);
            let node = check.node(read.node);
            check
                .report
                .warning(
                    ErrorCode::UnknownField,
                    node,
                    format!("{what} no field `{}`", shown(field)),
                )
                .at(read.span)
                .suggest(Some(near));
        }
    }
    check.report.stage = None;
}

/// The fields of a component's output. Empty if the output may have other fields as well.
fn fields_of(component: &Descriptor) -> Vec<String> {
    let schema = (component.output_schema)();
    if schema.get("additionalProperties") == Some(&Json::Bool(true)) {
        return Vec::new();
    }
    let fields = schema.get("properties").and_then(Json::as_object);
    fields
        .into_iter()
        .flat_map(|fields| fields.keys().cloned())
        .collect()
}
