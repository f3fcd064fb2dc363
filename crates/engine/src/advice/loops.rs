//! Finds calls in a loop that could be one: those that are the same for every item, and short
//! questions to a model.

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    Value,
    component::{BranchRole, EffectKind},
    diagnostic::shown,
    expr::Root,
    model::{Scope, has_template},
};

/// The longest answer that counts as short, in tokens.
const SHORT: i64 = 50;

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    for (number, stage) in look.stages() {
        let call = look.effect(number);
        if !matches!(call, EffectKind::Call | EffectKind::Read) || look.is_control(number) {
            continue;
        }
        let Some(control) = only_loop(look, number) else {
            continue;
        };
        let (id, each) = (shown(&stage.id.value), shown(look.id(control)));
        if is_constant_in(look, number, control) {
            let what = match call {
                EffectKind::Call => "asks the model the same question",
                _ => "sends the same request",
            };
            let message = format!("`{id}` {what} for every item of the loop `{each}`");
            out.add(
                Rule::CallPerItem,
                Level::Suggestion,
                Some(number),
                look.field(number, "id"),
                message,
            )
            .others(vec![look.id(control).to_owned()])
            .help(format!(
                "move it in front of the loop, and let `{each}` depend on it"
            ));
        } else if call == EffectKind::Call
            && let Some(tokens) = longest_answer(look, number).filter(|most| *most <= SHORT)
        {
            let message = format!(
                "`{id}` calls the model once for each item of `{each}`, for at most {tokens} tokens"
            );
            out.add(
                Rule::SmallCallPerItem,
                Level::Suggestion,
                Some(number),
                look.field(number, "id"),
                message,
            )
            .others(vec![look.id(control).to_owned()])
            .help("one call with several items in its prompt costs less and is faster");
        }
    }
}

/// The loop whose items each run the stage, if there is nothing but tries between the two.
fn only_loop(look: &Look<'_>, number: u32) -> Option<u32> {
    let mut at = number;
    for _ in 0..crate::model::MAX_CONTROL_DEPTH {
        let mut scopes = look.scopes(at);
        let (scope, more): (&Scope, _) = (scopes.next()?, scopes.next());
        let control = scope.control.filter(|_| more.is_none())?;
        match scope.role {
            Some(BranchRole::Each) => return Some(control),
            Some(BranchRole::Try) => at = control,
            _ => return None,
        }
    }
    None
}

/// Whether nothing that the stage reads changes from item to item.
fn is_constant_in(look: &Look<'_>, number: u32, control: u32) -> bool {
    let reads = &look.reads[number as usize];
    let inside = |other: u32| {
        other == control || (look.around(other).iter()).any(|scope| scope.control == Some(control))
    };
    let fixed = reads.reads.iter().all(|read| match read.root {
        Root::Input | Root::Env | Root::Local => true,
        Root::Upstream(other) => !inside(other),
        Root::AllUpstream | Root::Context => false,
    });
    let inputs = look.stage(number).inputs.values();
    let mut computed = inputs.filter(|input| has_template(&input.value));
    fixed && !computed.any(|input| tells_time(&input.value))
}

/// Whether a text asks for the time, which differs from item to item.
fn tells_time(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("now(") || text.contains("time("),
        Value::List(items) => items.iter().any(tells_time),
        Value::Map(map) => map.values().any(tells_time),
        _ => false,
    }
}

/// The longest answer that the stage asks for, in tokens.
fn longest_answer(look: &Look<'_>, number: u32) -> Option<i64> {
    let stage = look.stage(number);
    let own = stage.inputs.get("max_tokens");
    own.and_then(|tokens| tokens.value.as_int())
        .or_else(|| Some(i64::from(stage.llm.as_ref()?.max_tokens?)))
}
