//! Language models behind one trait: any OpenAI-compatible endpoint, and answers from a file.
//!
//! Which providers there are is configuration ([`ProvidersConfig`]): `flowmason.json` on the
//! command line, the operator's file for a server. Answers are read in one place each: what comes
//! over the wire in `wire`, counts in `usage`, thoughts in `thoughts`, JSON in `json`; what an
//! endpoint refuses of a call is remembered in `profile`. Nothing here invents an answer: without a
//! provider a pipeline does not start ([`Providers::ready_for`]).

mod ask;
mod config;
mod examples;
mod json;
mod openai;
mod profile;
mod providers;
mod scripted;
#[cfg(test)]
mod tests;
mod thoughts;
mod usage;
mod wire;

use engine::component::{BoxFuture, StageError, Usage};
use schemars::JsonSchema;
use serde::Serialize;

pub use ask::{Ask, ask};
pub(crate) use ask::{Wanted, ask_for};
pub use config::{Price, ProviderKind, ProviderSettings, ProvidersConfig};
pub use json::{SearchOutcome, find_json, search};
pub use openai::OpenAiCompatible;
pub use providers::{NotReady, Providers};
pub use scripted::{Script, Scripted};
pub(crate) use thoughts::split as split_thoughts;

/// A call to a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelCall {
    /// The stage's address within its run.
    pub stage: String,
    /// The stage's idempotency key: the same on every attempt.
    pub key: String,
    /// The system prompt.
    pub system: Option<String>,
    /// The prompt.
    pub prompt: String,
    /// The model; the provider's own when absent.
    pub model: Option<String>,
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// The maximum length of the answer, in tokens.
    pub max_tokens: Option<u32>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sequences at which the answer ends.
    pub stop: Vec<String>,
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The text. [`ask`] takes thoughts that stand in it off; providers give it as it came.
    pub text: String,
    /// What the model thought before it answered; empty when it did not, or does not show it.
    pub thoughts: String,
    /// The model that answered.
    pub model: String,
    /// Why it stopped, as the provider says (`stop`, `length` …).
    pub finish_reason: String,
    /// Tokens and cost.
    pub usage: Usage,
    /// What was asked for and the model does not take.
    pub adjustments: Vec<Adjustment>,
}

/// A part of a call that was asked for and that the model does not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Adjustment {
    /// The parameter (`temperature`, `top_p`, `stop`, `max_tokens`, `system`).
    pub parameter: String,
    /// What was sent instead.
    pub instead: String,
}

/// Takes the text of an answer piece by piece.
pub type Sink<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A service that answers.
pub trait ModelProvider: Send + Sync {
    /// Asks. Pieces of the answer go to `sink` as they come; together they are its text.
    fn complete<'a>(
        &'a self,
        call: ModelCall,
        sink: Sink<'a>,
    ) -> BoxFuture<'a, Result<Completion, StageError>>;
}
