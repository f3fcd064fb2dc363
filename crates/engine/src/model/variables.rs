//! The names that stages put into `context`, as far as the file says them.

use std::collections::HashSet;

use super::{Pipeline, Stage};

/// What the inner stages of every loop may read, beside its own names.
pub(crate) const OF_A_LOOP: &[&str] = &[
    "loop_total",
    "loop_remaining",
    "loop_item",
    "loop_index",
    "current_item",
    "current_index",
    "item_index",
];

/// All names. A name that is computed is not among them.
pub(super) fn variables(pipeline: &Pipeline) -> HashSet<String> {
    let mut out = HashSet::new();
    for stage in &pipeline.stages {
        match stage.component.value.as_str() {
            "foreach" => {
                out.extend(OF_A_LOOP.iter().map(|name| (*name).to_owned()));
                out.insert(named(stage, "item_variable").unwrap_or("item").to_owned());
                out.insert(named(stage, "index_variable").unwrap_or("index").to_owned());
            }
            "trycatch" => {
                out.insert("error".to_owned());
                out.extend(named(stage, "error_variable").map(str::to_owned));
            }
            "variable_set" => {
                out.extend(named(stage, "name").map(str::to_owned));
                let several = stage.inputs.get("variables");
                let several = several.and_then(|v| v.value.as_map());
                out.extend(
                    several
                        .into_iter()
                        .flat_map(|m| m.keys())
                        .map(|k| k.to_string()),
                );
            }
            _ => {}
        }
    }
    out
}

fn named<'a>(stage: &'a Stage, field: &str) -> Option<&'a str> {
    let text = stage.inputs.get(field)?.value.as_str()?.trim();
    (!text.is_empty() && !text.contains("{{")).then_some(text)
}
