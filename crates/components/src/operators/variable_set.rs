//! `variable_set`: sets variables for the stages that depend on this stage.

use engine::{
    Map, Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    operator,
};
use schemars::JsonSchema;
use serde::Deserialize;
use types::ErrorCode;

use crate::{
    lenient::{Flag, Text, text_of},
    paths,
};

/// The input of `variable_set`: one variable, or several.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct VariableSetInput {
    /// The variable's name: letters, digits and `_`.
    #[serde(default)]
    name: Option<Value>,
    /// The variable's value.
    #[serde(default)]
    value: Value,
    /// Several variables at once: an object with their names and values.
    #[serde(default)]
    variables: Option<Map>,
    /// Sets the variable to the value at this path in `value`.
    #[serde(default)]
    extract_path: Option<Text>,
    /// `pipeline`, `global` or `step`. All mean the same: the variable is visible to the stages
    /// that depend on this one.
    #[serde(default)]
    #[schemars(extend("enum" = ["pipeline", "global", "step", null]))]
    scope: Option<Text>,
    /// Only true is supported: if two stages in sequence set a variable, the later one wins. To
    /// keep a value that is already set, use `{{context.NAME or …}}` as the value.
    #[serde(default)]
    #[schemars(extend("enum" = [true, "true", null]))]
    overwrite: Option<Flag>,
}

/// The output of `variable_set`.
#[derive(Debug, serde::Serialize, JsonSchema)]
pub struct VariableSetOutput {
    /// All variables that were set, with their values.
    variables: Map,
    /// The name of the variable; null if only `variables` was given.
    name: Option<String>,
    /// The value of the variable.
    value: Value,
    /// Always null: a previous value is in the output of the stage that set it.
    previous_value: Value,
    /// Always true: a variable that cannot be set fails the stage.
    was_set: bool,
}

/// Sets variables; stages that depend on this one read them as `context.NAME`.
#[operator(
    category = "data",
    timeout_s = 5,
    own_field = "*=variables.*",
    literals = literals,
    sets(text_of(name), keys_of(variables))
)]
fn variable_set(
    _ctx: &StageContext,
    input: VariableSetInput,
) -> Result<VariableSetOutput, StageError> {
    // Settings that would be ignored are refused.
    if let Some(Text(scope)) = &input.scope
        && !matches!(scope.trim(), "" | "pipeline" | "global" | "step")
    {
        return Err(StageError::new(
            ErrorCode::StageInput,
            format!(
                "`scope` is `{scope}`; it must be `pipeline`, `global` or `step`, which all mean that \
                 the variable is visible to the stages that depend on this one"
            ),
        ));
    }
    if input.overwrite.is_some_and(|overwrite| !overwrite.0) {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "`overwrite: false` is not supported; to keep a value that is already set, use \
             `{{context.NAME or …}}` as the value",
        ));
    }
    let mut variables = input.variables.unwrap_or_default();
    let name = input.name.as_ref().map(text_of).filter(|n| !n.is_empty());
    let value = match &input.extract_path {
        Some(Text(path)) if !path.is_empty() => {
            paths::get(&input.value, path).cloned().ok_or_else(|| {
                StageError::new(
                    ErrorCode::MissingPath,
                    format!("`extract_path` `{path}` does not exist in `value`"),
                )
            })?
        }
        _ => input.value,
    };
    if let Some(name) = &name {
        variables.insert(name.as_str().into(), value.clone());
    }
    if variables.is_empty() {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "There is no variable to set: provide `name` and `value`, or `variables`",
        ));
    }
    if let Some(wrong) = variables.keys().find(|name| !is_name(name)) {
        return Err(StageError::new(
            ErrorCode::StageInput,
            format!("`{wrong}` is not a valid variable name: use letters, digits and `_`"),
        ));
    }
    let value = match (&name, variables.len()) {
        (None, 1) => variables.values().next().cloned().unwrap_or_default(),
        _ => value,
    };
    Ok(VariableSetOutput {
        name,
        value,
        previous_value: Value::Null,
        was_set: true,
        variables,
    })
}

/// Reports invalid names, missing variables, and an `extract_path` that does not exist.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    const NO_NAME: &str = "is not a valid variable name: use letters, digits and `_`";
    let name = given.get("name").map(text_of).unwrap_or_default();
    if !name.is_empty() && !is_name(&name) {
        let shown: String = name.chars().take(60).collect();
        out.push(LiteralFault::new(
            "name",
            format!("is `{shown}`, which {NO_NAME}"),
        ));
    }
    let variables = given.get("variables").and_then(Value::as_map);
    for name in variables.into_iter().flat_map(Map::keys) {
        if !is_name(name) {
            out.push(LiteralFault::new("variables", NO_NAME).key(name));
        }
    }
    let named = !name.is_empty() || (given.get("name").is_none() && !given.is_absent("name"));
    let several = match variables {
        Some(map) => !map.is_empty(),
        None => !given.is_absent("variables"),
    };
    if !named && !several {
        out.push(LiteralFault::of_stage(
            "`variable_set` has no variable to set: provide `name` and `value`, or `variables`",
        ));
    }
    if let (Some(value), Some(path)) = (given.get("value"), given.text("extract_path"))
        && !path.is_empty()
        && paths::get(value, path).is_none()
    {
        let message = format!("is `{path}`, which does not exist in `value`");
        out.push(LiteralFault::new("extract_path", message));
    }
    out
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
