//! `router`: one of many branches, by a value.

use std::collections::BTreeSet;

use engine::{
    Map, Value,
    component::{Directive, StageContext, StageError},
    control_flow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    comparison,
    lenient::{Flag, Texts, text_of, texts_of},
};

/// The value and its routes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RouterInput {
    /// What decides.
    #[serde(default)]
    value: Value,
    /// Or an expression that gives it, with the value as `value`, and `data`
    /// (`value.lower()`, `'large' if value > 100 else 'small'`).
    #[serde(default)]
    #[allow(dead_code, reason = "evaluated by the context, with names of its own")]
    value_expression: Option<Value>,
    /// Value → the stages that run for it.
    routes: Map,
    /// The stages that run when no route matches.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["default", "default_stages"]))]
    default_route: Option<Texts>,
    /// Whether upper and lower case are treated as the same.
    #[serde(default)]
    case_insensitive: Option<Flag>,
    /// Passed through as the output's `data`.
    #[serde(default)]
    pass_data: Value,
}

/// The decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RouterOutput {
    /// The name of the route; `default` when none matches.
    route: String,
    /// The same as `route`.
    route_taken: String,
    /// The value that decided.
    original_value: Value,
    /// The value as it was compared: what `value_expression` gave, if there is one.
    matched_value: Value,
    /// The stages of the route that was taken.
    stages_to_execute: Vec<String>,
    /// The stages of the other routes.
    stages_to_skip: Vec<String>,
    /// The value of `pass_data`.
    data: Value,
}

/// Runs one of many branches, depending on a value.
#[control_flow(
    timeout_s = 5,
    lazy(value_expression: expression, names = ["data", "value"]),
    inner(one, default_route = "default"),
    inner_map(one, routes = "route"),
    output = RouterOutput
)]
fn router(ctx: &StageContext, input: RouterInput) -> Result<Directive, StageError> {
    let locals = [
        ("data", input.pass_data.clone()),
        ("value", input.value.clone()),
    ];
    let value = match ctx.lazy.eval("value_expression", &locals, None)? {
        Some(value) if value != Value::Null => value,
        _ => input.value.clone(),
    };
    let text = text_of(&value).trim().to_owned();
    let any_case = input.case_insensitive.is_some_and(|f| f.0);
    // Python writes booleans with a capital letter, and so do files that were made for it.
    let any_case = any_case || matches!(value, Value::Bool(_));
    let spelled = |name: &str| match any_case {
        true => name.to_lowercase() == text.to_lowercase(),
        false => name == text,
    };
    let equal = |name: &str| comparison::equal(&value, &Value::from(name));
    let names = || input.routes.keys();
    // A route that is spelled like the value wins over one that means the same.
    let route = (names().find(|name| spelled(name))).or_else(|| names().find(|name| equal(name)));
    let (branch, name) = match route {
        Some(name) => (format!("route.{name}"), name.as_ref()),
        None => ("default".to_owned(), "default"),
    };
    let usual = input.default_route.unwrap_or_default().0;
    let taken = match route {
        Some(name) => input.routes.get(name).map(texts_of).unwrap_or_default(),
        None => usual.clone(),
    };
    let all = input.routes.values().flat_map(texts_of).chain(usual);
    let left: BTreeSet<String> = all.filter(|stage| !taken.contains(stage)).collect();
    let list = |stages: Vec<String>| stages.into_iter().map(Value::from).collect::<Value>();
    let output = [
        ("route", name.into()),
        ("route_taken", name.into()),
        ("original_value", input.value),
        ("matched_value", value),
        ("stages_to_execute", list(taken)),
        ("stages_to_skip", list(left.into_iter().collect())),
        ("data", input.pass_data),
    ];
    Ok(Directive::Choose {
        branches: vec![branch],
        output: output.into_iter().collect(),
    })
}
