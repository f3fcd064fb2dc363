//! What a crash while a stage runs means for it. Finished stages are never run again.

use serde::Serialize;

use crate::{
    component::{Descriptor, EffectKind},
    model::{Pipeline, Stage, Structure},
};

/// What happens to a stage that a crash interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It is not run again; the stage fails.
    AtMostOnce,
    /// It changes something outside and is repeated with the same idempotency key.
    RepeatedWithSameKey,
    /// It calls a model again; each call is counted.
    CalledAgain,
    /// It only reads, and reads again.
    ReadAgain,
}

impl Rule {
    /// All rules, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::AtMostOnce,
        Self::RepeatedWithSameKey,
        Self::CalledAgain,
        Self::ReadAgain,
    ];

    /// What is said about the stages of this rule.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::AtMostOnce => "run at most once: if a crash interrupts one, it fails",
            Self::RepeatedWithSameKey => "repeated with the same idempotency key",
            Self::CalledAgain => "the model is called again, which counts as another call",
            Self::ReadAgain => "read again",
        }
    }
}

/// A stage with effects outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repetition {
    /// The stage's id.
    pub stage: String,
    /// What a crash means for it.
    pub rule: Rule,
}

pub(super) fn of(pipeline: &Pipeline, structure: &Structure) -> Vec<Repetition> {
    pipeline
        .stages
        .iter()
        .zip(&structure.stages)
        .filter_map(|(stage, shape)| {
            let rule = rule(stage, shape.component?)?;
            Some(Repetition {
                stage: stage.id.value.clone(),
                rule,
            })
        })
        .collect()
}

/// The rule of a stage; `None` if it has no effects outside.
fn rule(stage: &Stage, component: &Descriptor) -> Option<Rule> {
    if component.at_most_once {
        return Some(Rule::AtMostOnce);
    }
    match stage.effect_as_written(component) {
        EffectKind::Pure => None,
        EffectKind::Read => Some(Rule::ReadAgain),
        EffectKind::Call => Some(Rule::CalledAgain),
        EffectKind::Effect => Some(Rule::RepeatedWithSameKey),
    }
}
