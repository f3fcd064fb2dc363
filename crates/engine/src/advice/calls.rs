//! Finds calls that are not repeated when they fail for a moment.
//!
//! A timeout is never missing: each component has one of its own. What only a person can decide is
//! left alone: requests that change something outside, and failures that the pipeline handles.

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    Value,
    component::EffectKind,
    diagnostic::shown,
    edit::{Edit, Layout, Position},
};

/// The retries that are suggested.
const RETRIES: i64 = 2;

/// Fields of a response that tell whether a request worked. A pipeline that reads one of them
/// handles failures itself.
const OUTCOME: [&str; 2] = ["status_code", "success"];

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    for (number, stage) in look.stages() {
        let why = match look.effect(number) {
            EffectKind::Call => "calls a model only once: a provider that is busy for a moment",
            EffectKind::Read => "sends its request only once: a server that cannot be reached",
            EffectKind::Pure | EffectKind::Effect => continue,
        };
        if look.is_control(number)
            || look.component(number).at_most_once
            || stage.retry.is_some()
            || look.is_retried(number)
            || look.is_tolerated(number)
            || has_handler(look, number)
        {
            continue;
        }
        let id = shown(&stage.id.value);
        let policy: crate::Map = [("max_retries".into(), Value::Int(RETRIES))]
            .into_iter()
            .collect();
        out.add(
            Rule::MissingRetry,
            Level::Suggestion,
            Some(number),
            look.field(number, "id"),
            format!("`{id}` {why} fails the run"),
        )
        .help(format!(
            "add \"retry_config\": {{\"max_retries\": {RETRIES}}} to the stage"
        ))
        .mend(vec![Edit::SetField {
            stage: Some(stage.id.value.clone()),
            path: vec!["retry_config".into()],
            value: policy.into(),
            at: Position::Last,
            layout: Layout::default(),
        }]);
    }
}

/// Whether a stage looks at the outcome of the request.
fn has_handler(look: &Look<'_>, number: u32) -> bool {
    look.all_read
        || look.readers[number as usize].iter().any(|reader| {
            let reads = &look.reads[*reader as usize].reads;
            reads.iter().any(|read| {
                read.root == crate::expr::Root::Upstream(number)
                    && read
                        .path
                        .first()
                        .is_some_and(|field| OUTCOME.contains(&&**field))
            })
        })
}
