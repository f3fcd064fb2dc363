//! Finds inner stages that never run: branches of a condition that is always the same, routes that
//! the value never names, loops over an empty list.
//!
//! The component itself is asked: its body is run with the constant inputs, or with each of the
//! constants between which an input chooses, as the executor would.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chrono::DateTime;
use types::Clock;

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    Map, Value,
    component::{
        Body, BranchRole, Directive, LazyField, LazyFields, LazyKind, Resources, StageContext,
        StageError,
    },
    diagnostic::shown,
    expr::{Expr, Names},
    limits::Memory,
    model::{Scope, has_template},
    source::Node,
    template::{Piece, cut, whole_expression},
};

/// The most values of one stage's inputs that are tried.
const MOST_VALUES: usize = 32;

/// The most stages of a file whose inputs are tried.
const MOST_STAGES: usize = 2_000;

/// The memory that a body may use here, in bytes.
const MEMORY: usize = 1 << 20;

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    let controls = look.stages().filter(|(number, _)| {
        let roles = look
            .opens(*number)
            .filter(|scope| !scope.members.is_empty());
        let mut roles = roles.filter_map(|scope| scope.role);
        roles.any(|role| matches!(role, BranchRole::One | BranchRole::Any | BranchRole::Each))
    });
    for (number, stage) in controls.take(MOST_STAGES) {
        let Some(directives) = directives(look, number) else {
            continue;
        };
        let id = shown(&stage.id.value);
        for scope in look.opens(number).filter(|scope| !scope.members.is_empty()) {
            if directives.iter().any(|directive| runs(directive, scope)) {
                continue;
            }
            let (message, help) = match scope.role {
                Some(BranchRole::Each) => (
                    format!("the stages of the loop `{id}` never run: its list is always empty"),
                    "correct the list, or remove the loop",
                ),
                _ => (
                    format!(
                        "the branch `{}` of `{id}` never runs, whatever the input is",
                        shown(&scope.branch)
                    ),
                    "correct what decides, or remove the branch",
                ),
            };
            let members = scope.members.iter();
            let ids = members.map(|member| look.id(member.stage).to_owned());
            out.add(
                Rule::UnreachableBranch,
                Level::Warning,
                Some(number),
                list_of(look, number, scope),
                message,
            )
            .others(ids.collect())
            .help(help);
        }
    }
}

/// Whether the directive runs the stages of a list.
fn runs(directive: &Directive, scope: &Scope) -> bool {
    match directive {
        Directive::Choose { branches, .. } => branches.iter().any(|name| **name == *scope.branch),
        Directive::ForEach(each) => !each.items.is_empty() || scope.role != Some(BranchRole::Each),
        // Other components decide in their own way.
        Directive::TryCatch(_)
        | Directive::Return { .. }
        | Directive::Wait { .. }
        | Directive::Done(_) => true,
    }
}

/// The value that names the stages of a list.
fn list_of<'a>(look: &Look<'a>, number: u32, scope: &Scope) -> Node<'a> {
    let field = look.input(number, scope.field);
    let list = field.unwrap_or_else(|| look.node(look.stage(number).node));
    let key = scope.branch.split_once('.').map(|(_, key)| key);
    key.and_then(|key| list.get(key)).unwrap_or(list)
}

/// What the stage can decide. `None` if that depends on the input in an unknown way.
fn directives(look: &Look<'_>, number: u32) -> Option<Vec<Directive>> {
    let Body::Control(body) = look.component(number).body else {
        return None;
    };
    let mut inputs: Vec<Map> = vec![Map::default()];
    for (field, value) in &look.stage(number).inputs {
        let values = values_of(look, number, field, &value.value)?;
        if inputs.len() * values.len() > MOST_VALUES {
            return None;
        }
        inputs = inputs
            .iter()
            .flat_map(|input| {
                values.iter().map(move |value| {
                    let mut input = input.clone();
                    input.insert(field.as_str().into(), value.clone());
                    input
                })
            })
            .collect();
    }
    let decided = inputs.into_iter().map(|input| {
        let context = context(look, number, &input);
        let result = catch_unwind(AssertUnwindSafe(|| body(&context, input.into())));
        // A stage that fails takes no branch, which is another matter.
        result.ok()?.ok()
    });
    decided.collect()
}

/// The values that an input can have; `None` if they are not known.
fn values_of(look: &Look<'_>, number: u32, field: &str, value: &Value) -> Option<Vec<Value>> {
    let component = look.component(number);
    if component.inner.iter().any(|list| list.field == field) {
        return Some(vec![value.clone()]);
    }
    match component.lazy.iter().find(|lazy| lazy.field == field) {
        Some(lazy) => lazy_values(look, lazy, value),
        None if !has_template(value) => Some(vec![value.clone()]),
        None => match cut(value.as_str()?).ok()?.as_slice() {
            [Piece::Template(text, _)] => expression_values(look, text, LazyKind::Expression, &[]),
            _ => None,
        },
    }
}

fn lazy_values(look: &Look<'_>, lazy: &LazyField, value: &Value) -> Option<Vec<Value>> {
    match (lazy.kind, value) {
        (LazyKind::Template, value) => (!has_template(value)).then(|| vec![value.clone()]),
        (LazyKind::Condition, Value::Str(text)) => {
            let text = whole_expression(text).1;
            let values = expression_values(look, &text, lazy.kind, lazy.names)?;
            Some(values.iter().map(|value| value.truthy().into()).collect())
        }
        (LazyKind::Condition, literal) => Some(vec![literal.truthy().into()]),
        (_, Value::Str(text)) => {
            expression_values(look, &whole_expression(text).1, lazy.kind, lazy.names)
        }
        (_, literal) => Some(vec![literal.clone()]),
    }
}

/// The values that an expression can give. Names that only the component knows are not constant.
fn expression_values(
    look: &Look<'_>,
    text: &str,
    kind: LazyKind,
    locals: &[&str],
) -> Option<Vec<Value>> {
    let names = Names {
        variables: Some(&look.structure.variables),
        any_local: locals.contains(&"*"),
        locals,
        ..Names::of_stages(&look.structure.index)
    };
    let condition = matches!(kind, LazyKind::Condition | LazyKind::Test);
    let expr = Expr::compile(text, &names).ok()?;
    let value = expr.constant(condition).map(|value| vec![value]);
    value.or_else(|| expr.outcomes())
}

/// The context of a stage that runs nowhere.
fn context(look: &Look<'_>, number: u32, input: &Map) -> StageContext {
    let component = look.component(number);
    let lazy = component.lazy.iter().filter_map(|lazy| {
        let value = input.get(lazy.field)?;
        Some((lazy.field, value.clone()))
    });
    StageContext {
        address: look.id(number).into(),
        attempt: 1,
        max_attempts: 1,
        scheduled_at: DateTime::UNIX_EPOCH,
        run_id: "".into(),
        resources: Resources::default(),
        clock: Clock::manual(DateTime::UNIX_EPOCH),
        cancel: Default::default(),
        llm: None,
        report: Arc::default(),
        live: None,
        memory: Memory::process(MEMORY),
        lazy: Arc::new(Fixed(lazy.collect())),
    }
}

/// Lazy fields whose values are known.
struct Fixed(HashMap<&'static str, Value>);

impl LazyFields for Fixed {
    fn eval(
        &self,
        field: &str,
        _: &[(&str, Value)],
        _: Option<&Value>,
    ) -> Result<Option<Value>, StageError> {
        Ok(self.0.get(field).cloned())
    }
}
