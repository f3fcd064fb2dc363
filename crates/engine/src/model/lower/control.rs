//! The spellings in which files of the format write what steers: `true_branch`, `stages` of a
//! foreach, `on_error` of a trycatch, one stage id where a list of them stands.
//!
//! They are brought to the first spelling here, so that the structure, the checks and the executor
//! know only that one. Places in the file stay those of what was written.

use crate::{
    Value,
    model::{Spanned, Stage},
};

/// A component's field and the other names that files use for it.
type Names = (&'static str, &'static [&'static str]);

const CONDITIONAL: &[Names] = &[
    (
        "true_branch_stages",
        &["true_stages", "then_stages", "true_branch", "true_stage"],
    ),
    (
        "false_branch_stages",
        &["false_stages", "else_stages", "false_branch", "false_stage"],
    ),
];
const ROUTER: &[Names] = &[("default_route", &["default", "default_stages"])];
const FOREACH: &[Names] = &[
    ("loop_stages", &["stages", "stage"]),
    ("max_parallel", &["max_concurrency"]),
];
const TRYCATCH: &[Names] = &[("error_scope", &["on_error"])];

/// Fields that name stages, and those that are objects of such lists.
const LISTS: &[&str] = &[
    "true_branch_stages",
    "false_branch_stages",
    "default_route",
    "loop_stages",
    "try_stages",
    "catch_stages",
    "finally_stages",
];

/// Brings a control stage's inputs to their first spelling.
pub(super) fn normalize(stage: &mut Stage) {
    let names = match stage.component.value.as_str() {
        "conditional" => CONDITIONAL,
        "router" => ROUTER,
        "foreach" => FOREACH,
        "trycatch" => TRYCATCH,
        _ => return,
    };
    for (first, others) in names {
        if stage.inputs.contains_key(*first) {
            continue;
        }
        let found = others
            .iter()
            .find_map(|name| stage.inputs.get_index_of(*name));
        if let Some(at) = found {
            // The name is free, and the place stays the same.
            let _ = stage.inputs.replace_index(at, (*first).to_owned());
        }
    }
    for (name, input) in &mut stage.inputs {
        if LISTS.contains(&name.as_str()) {
            one_to_list(input);
        } else if name == "routes"
            && let Value::Map(routes) = &input.value
        {
            let routes = routes.iter().map(|(k, v)| (k.clone(), listed(v)));
            input.value = routes.collect();
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
