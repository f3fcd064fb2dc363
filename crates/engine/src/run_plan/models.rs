//! The calls to models, with an estimate of their tokens and cost.
//!
//! The prompt is estimated from the text in the file: about four bytes a token. What templates
//! insert and what a component adds of its own is unknown, so the number is a lower bound as soon as
//! there is a template.

use serde::Serialize;
use types::Money;

use super::{Often, Outside, attempts};
use crate::{
    Value,
    model::{Pipeline, Stage, Structure},
};

/// The bytes of text that make about one token.
const BYTES_PER_TOKEN: u64 = 4;

/// A stage that calls a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelUse {
    /// The stage's id.
    pub stage: String,
    /// The provider's name; null if none is named and there is no default.
    pub provider: Option<String>,
    /// The host of the provider, if it is known and may be shown.
    pub host: Option<String>,
    /// The model; null if neither the stage nor the provider's configuration names one.
    pub model: Option<String>,
    /// Whether the answers come from a file instead of a model.
    pub scripted: bool,
    /// How often, without retries.
    pub often: Often,
    /// The first attempt and the retries; each is a call that can cost.
    pub attempts: u32,
    /// The tokens of the text in the file that is sent with each call, estimated.
    pub tokens_in: u64,
    /// Whether templates insert more.
    pub tokens_in_open: bool,
    /// The most tokens of an answer; null if nothing limits them.
    pub tokens_out: Option<u64>,
    /// The cost of a call with the text in the file and the longest answer, in millionths of a
    /// dollar. Null if the price or the longest answer is unknown; never zero for unknown.
    pub cost_per_call: Option<Money>,
    /// The highest cost of all calls of a run that succeed at once. Null if the cost of a call or the
    /// number of calls is unknown, or templates insert more.
    pub cost_at_most: Option<Money>,
}

pub(super) fn of(
    pipeline: &Pipeline,
    structure: &Structure,
    often: &[Often],
    outside: &dyn Outside,
) -> Vec<ModelUse> {
    let stages = pipeline.stages.iter().zip(&structure.stages).zip(often);
    stages
        .filter(|((_, shape), _)| shape.component.is_some_and(|c| c.needs_model))
        .map(|((stage, _), often)| one(stage, often, outside))
        .collect()
}

fn one(stage: &Stage, often: &Often, outside: &dyn Outside) -> ModelUse {
    let facts = outside.model(stage);
    let mut prompt = Prompt::default();
    for input in stage.inputs.values() {
        prompt.add(&input.value, 0);
    }
    let tokens_in = prompt.bytes.div_ceil(BYTES_PER_TOKEN);
    let cost_per_call = facts
        .max_tokens
        .and_then(|longest| outside.cost(&facts, tokens_in, longest));
    let cost_at_most = cost_per_call
        .filter(|_| !prompt.open)
        .zip(often.at_most)
        .map(|(cost, calls)| times(cost, calls));
    ModelUse {
        stage: stage.id.value.clone(),
        provider: facts.provider,
        host: facts.host,
        model: facts.model,
        scripted: facts.scripted,
        often: often.clone(),
        attempts: attempts(stage),
        tokens_in,
        tokens_in_open: prompt.open,
        tokens_out: facts.max_tokens,
        cost_per_call,
        cost_at_most,
    }
}

fn times(cost: Money, calls: u64) -> Money {
    let calls = i64::try_from(calls).unwrap_or(i64::MAX);
    Money(cost.0.saturating_mul(calls))
}

/// The highest cost of all model calls of a run; `None` if it is unknown for one of them.
pub fn total_cost(models: &[ModelUse]) -> Option<Money> {
    models
        .iter()
        .map(|model| model.cost_at_most)
        .try_fold(Money(0), |sum, cost| Some(sum + cost?))
}

/// The text of a stage's inputs.
#[derive(Default)]
struct Prompt {
    bytes: u64,
    open: bool,
}

impl Prompt {
    fn add(&mut self, value: &Value, depth: usize) {
        if depth > crate::value::MAX_DEPTH {
            return;
        }
        match value {
            Value::Str(text) => self.text(text),
            Value::List(items) => items.iter().for_each(|item| self.add(item, depth + 1)),
            Value::Map(map) => map.values().for_each(|item| self.add(item, depth + 1)),
            _ => {}
        }
    }

    /// Counts the text outside of templates.
    fn text(&mut self, text: &str) {
        let mut rest: &str = text;
        while let Some((before, after)) = rest.split_once("{{") {
            self.open = true;
            self.bytes = self.bytes.saturating_add(before.len() as u64);
            rest = after.split_once("}}").map_or("", |(_, after)| after);
        }
        self.bytes = self.bytes.saturating_add(rest.len() as u64);
    }
}
