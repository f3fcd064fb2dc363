//! Language models behind one trait: OpenAI-compatible endpoints, and scripted answers from a file.
//!
//! Providers are configured ([`ProvidersConfig`]) in `flowmason.json` on the command line, and in
//! the operator's file on a server. Responses are parsed in `wire`, token counts in `usage`,
//! thoughts in `thoughts` and JSON in `json`; `profile` remembers which parameters an endpoint
//! refuses. Answers are never made up: without a provider, a pipeline does not start
//! ([`Providers::ready_for`]).

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
pub(crate) use config::well_known;
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
    /// The model; `None` for the provider's default.
    pub model: Option<String>,
    /// The sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// The maximum length of the answer, in tokens.
    pub max_tokens: Option<u32>,
    /// The probability mass of nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// The stop sequences: texts at which the answer ends.
    pub stop: Vec<String>,
}

/// A model's answer to one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The text. Providers return it unchanged; [`ask`] removes thoughts from it.
    pub text: String,
    /// The model's thoughts before its answer; empty if it returned none.
    pub thoughts: String,
    /// The model that answered.
    pub model: String,
    /// Why the model stopped, as the provider reports it (`stop`, `length` …).
    pub finish_reason: String,
    /// Tokens and cost.
    pub usage: Usage,
    /// The parameters that the model does not support.
    pub adjustments: Vec<Adjustment>,
}

/// A parameter of a call that the model does not support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Adjustment {
    /// The parameter: `temperature`, `top_p`, `stop`, `max_tokens` or `system`.
    pub parameter: String,
    /// A sentence that says what was sent instead.
    pub instead: String,
}

/// Receives the text of an answer piece by piece.
pub type Sink<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A model service.
pub trait ModelProvider: Send + Sync {
    /// Calls the model. Pieces of the answer go to `sink` as they arrive; together they are its
    /// text.
    fn complete<'a>(
        &'a self,
        call: ModelCall,
        sink: Sink<'a>,
    ) -> BoxFuture<'a, Result<Completion, StageError>>;
}
