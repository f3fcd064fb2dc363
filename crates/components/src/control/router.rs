//! `router`: runs one of many branches, depending on a value.

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

/// The input of `router`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RouterInput {
    /// The value that selects the route.
    #[serde(default)]
    value: Value,
    /// An expression whose result selects the route instead, such as `value.lower()` or
    /// `'large' if value > 100 else 'small'`. It can read `value`, and `pass_data` as `data`.
    #[serde(default)]
    #[allow(
        dead_code,
        reason = "evaluated by the context, with its own names in scope"
    )]
    value_expression: Option<Value>,
    /// The routes: an object with a value as each name, and the stages that run for that value.
    routes: Map,
    /// The stages that run if no route matches.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["default", "default_stages"]))]
    default_route: Option<Texts>,
    /// Whether upper and lower case are treated as the same; false by default.
    #[serde(default)]
    case_insensitive: Option<Flag>,
    /// Passed through as the output's `data`.
    #[serde(default)]
    pass_data: Value,
}

/// The output of `router`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RouterOutput {
    /// The name of the route that was taken; `default` if none matched.
    route: String,
    /// The same as `route`.
    route_taken: String,
    /// The input `value`.
    original_value: Value,
    /// The value that was compared with the routes: the result of `value_expression`, if there is
    /// one.
    matched_value: Value,
    /// The stages of the route that was taken.
    stages_to_execute: Vec<String>,
    /// The stages of the other routes.
    stages_to_skip: Vec<String>,
    /// The value of the input `pass_data`.
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
    // Python writes booleans with a capital letter, and so do existing pipelines.
    let any_case = any_case || matches!(value, Value::Bool(_));
    let spelled = |name: &str| match any_case {
        true => name.to_lowercase() == text.to_lowercase(),
        false => name == text,
    };
    let equal = |name: &str| comparison::equal(&value, &Value::from(name));
    let names = || input.routes.keys();
    // A route with the same text as the value takes precedence over one that is equal in value.
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
