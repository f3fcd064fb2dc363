//! Checks the literal inputs of a stage against its component's schema.

use std::collections::HashMap;

use serde_json::Value as Json;
use types::ErrorCode;

use super::{Check, did_you_mean, literals, schema, shown};
use crate::{
    component::{Descriptor, LazyKind},
    model::Stage,
    source::Kind,
};

/// A component's input schema, prepared once per check.
struct Inputs {
    schema: Json,
    /// Required fields.
    required: Vec<String>,
    /// Each accepted name, mapped to the name in the schema.
    names: HashMap<String, String>,
    /// Alternative sets of fields, one of which must be present.
    alternatives: Vec<Vec<String>>,
    /// Whether the component takes fields that the schema does not name.
    open: bool,
}

pub(super) fn check(check: &mut Check<'_>) {
    let mut known: HashMap<&'static str, Inputs> = HashMap::new();
    for (number, stage) in check.stages() {
        let Some(component) = check.structure.stages[number as usize].component else {
            continue;
        };
        let inputs = known
            .entry(component.name)
            .or_insert_with(|| Inputs::new(component));
        check.about(stage);
        required(check, stage, component, inputs);
        let wrong = fields(check, stage, component, inputs);
        literals::stage(check, stage, component, &inputs.names, &wrong);
    }
    check.report.stage = None;
}

impl Inputs {
    fn new(component: &'static Descriptor) -> Self {
        let schema = (component.input_schema)();
        let texts = |value: Option<&Json>| -> Vec<String> {
            let items = value.and_then(Json::as_array).into_iter().flatten();
            items.filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let mut names = HashMap::new();
        for (field, inner) in schema
            .get("properties")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            for synonym in texts(inner.get("x-synonyms")) {
                names.insert(synonym, field.clone());
            }
            names.insert(field.clone(), field.clone());
        }
        for field in component.lazy.iter().map(|lazy| lazy.field) {
            names
                .entry(field.to_owned())
                .or_insert_with(|| field.to_owned());
        }
        for field in component.inner.iter().map(|list| list.field) {
            names
                .entry(field.to_owned())
                .or_insert_with(|| field.to_owned());
        }
        let alternatives = schema
            .get("anyOf")
            .and_then(Json::as_array)
            .into_iter()
            .flatten();
        let alternatives: Vec<Vec<String>> =
            alternatives.map(|one| texts(one.get("required"))).collect();
        let open = match schema.get("additionalProperties") {
            Some(Json::Bool(open)) => *open,
            Some(_) => true,
            None => schema.get("properties").is_none(),
        };
        Self {
            required: texts(schema.get("required")),
            names,
            alternatives,
            open,
            schema,
        }
    }

    /// Whether the stage sets this field, under any of its names.
    fn given(&self, stage: &Stage, field: &str) -> bool {
        let named = |name: &str| self.names.get(name).is_some_and(|real| real == field);
        stage.inputs.contains_key(field) || stage.inputs.keys().any(|name| named(name))
    }
}

fn required(check: &mut Check<'_>, stage: &Stage, component: &Descriptor, inputs: &Inputs) {
    let missing: Vec<&String> = inputs
        .required
        .iter()
        .filter(|field| !inputs.given(stage, field))
        .collect();
    let node = check.node(stage.node);
    for field in missing {
        let also: Vec<String> = inputs
            .names
            .iter()
            .filter(|(name, real)| *real == field && *name != field)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let mut message = format!("`{}` needs the input `{field}`", component.name);
        if !also.is_empty() {
            let mut also = also;
            also.sort();
            message.push_str(&format!(" (or {})", also.join(", ")));
        }
        // An unknown input with a similar name is most likely the one that is missing.
        let unknown = stage.inputs.keys().map(String::as_str);
        let unknown: Vec<&str> = unknown
            .filter(|name| !inputs.names.contains_key(*name))
            .collect();
        let near = crate::diagnostic::similar(field, unknown);
        let help = match near {
            Some(near) => format!("is `{}` meant to be `{field}`?", shown(near)),
            None => format!("add \"{field}\" to `config`"),
        };
        check
            .report
            .error(ErrorCode::MissingField, node, message)
            .at(stage.component.span)
            .help(help);
    }
    let fits = |one: &Vec<String>| one.iter().all(|field| inputs.given(stage, field));
    if !inputs.alternatives.is_empty() && !inputs.alternatives.iter().any(fits) {
        let sets: Vec<String> = inputs
            .alternatives
            .iter()
            .map(|one| {
                let names: Vec<String> = one.iter().map(|name| format!("`{name}`")).collect();
                names.join(" and ")
            })
            .collect();
        let message = format!("`{}` needs {}", component.name, sets.join(", or "));
        check
            .report
            .error(ErrorCode::MissingField, node, message)
            .at(stage.component.span);
    }
}

/// Checks each input; returns the fields whose literal values do not match the schema.
fn fields<'i>(
    check: &mut Check<'_>,
    stage: &Stage,
    component: &Descriptor,
    inputs: &'i Inputs,
) -> Vec<&'i str> {
    let mut wrong = Vec::new();
    for ((field, _), id) in stage.inputs.iter().zip(&stage.input_nodes) {
        let node = check.node(*id);
        let Some(real) = inputs.names.get(field) else {
            if !inputs.open {
                let near = did_you_mean(field, inputs.names.keys().map(String::as_str));
                let message = format!("`{}` has no input `{}`", component.name, shown(field));
                check
                    .report
                    .warning(ErrorCode::UnknownField, node, message)
                    .at(node.key_span())
                    .suggest(near);
            }
            continue;
        };
        if field != real && stage.inputs.contains_key(real) {
            let message = format!(
                "`{}` is ignored: it is another name for `{real}`, which the stage also sets",
                shown(field)
            );
            check
                .report
                .warning(ErrorCode::UnknownField, node, message)
                .at(node.key_span())
                .help("keep one of the two");
            continue;
        }
        // `names` checks fields that list inner stages; `reads` checks expressions.
        let inner = component.inner.iter().any(|list| list.field == real);
        let lazy = component.lazy.iter().find(|lazy| lazy.field == real);
        if inner || lazy.is_some_and(|lazy| lazy.kind != LazyKind::Template) {
            continue;
        }
        let required = inputs.required.contains(real);
        if node.kind() == Kind::Null && !required {
            continue;
        }
        let Some(wanted) = inputs
            .schema
            .get("properties")
            .and_then(|all| all.get(real))
        else {
            continue;
        };
        let found = schema::mismatches(node, wanted, &inputs.schema);
        if found.listed.is_empty() {
            continue;
        }
        for mismatch in found.listed {
            let at = check.node(mismatch.node);
            let name = match at.key() {
                Some(key) => shown(&key),
                None => format!("{field}[{}]", at.nth()),
            };
            let message = format!("`{name}` takes {}, not {}", mismatch.takes, mismatch.got);
            check
                .report
                .error(mismatch.code, at, message)
                .suggest(mismatch.suggestion);
        }
        if found.more > 0 {
            let message = format!(
                "`{}` has {} more values of a wrong type or range",
                shown(field),
                found.more
            );
            check
                .report
                .error(ErrorCode::InvalidValue, node, message)
                .help(format!("the first {} are listed", schema::MAX_LISTED));
        }
        wrong.push(real.as_str());
    }
    wrong
}
