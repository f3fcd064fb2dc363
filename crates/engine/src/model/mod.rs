//! A pipeline as its file describes it: read from the text, every spelling accepted, nothing lost.
//!
//! The text stays the truth ([`Pipeline::source`]); this is a view of it. Checks are in `check`,
//! what is executed is in `plan`.

mod derive;
mod lower;
mod ownership;
mod reads;
mod structure;
mod variables;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use indexmap::IndexMap;

pub use derive::MAX_CONTROL_DEPTH;
pub(crate) use derive::derive;
pub(crate) use reads::{StageReads, has_template};
pub use structure::{Member, ModelStage, Scope, Shape, Structure, structure};
pub(crate) use variables::{Said, bound_names, names_of};

pub use crate::policy::{LlmSettings, RetryPolicy};
pub use crate::source::{Span, Spanned};
use crate::{Value, diagnostic::Diagnostic, expr::Memo, source::Document};

/// A pipeline file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The file's text, byte for byte.
    pub source: Arc<str>,
    /// The text's values with their places.
    pub document: Document,
    /// What was wrong with the fields while reading; `check` reports it together with the rest.
    pub problems: Vec<Diagnostic>,
    /// `id`, or the name.
    pub id: String,
    /// `name`.
    pub name: String,
    /// `version`, `1.0.0` when absent.
    pub version: String,
    /// `description`.
    pub description: String,
    /// `input_schema`, a JSON schema.
    pub input_schema: Option<Value>,
    /// `output_schema`.
    pub output_schema: Option<Value>,
    /// `output_stage_id`.
    pub output_stage: Option<Spanned<String>>,
    /// `sample_input` or `example_input`.
    pub sample_input: Option<Value>,
    /// The time that the whole run may take (`timeout_ms`).
    pub timeout: Option<Duration>,
    /// The stages in the order of the file.
    pub stages: Vec<Stage>,
    /// The expressions of the stages that were compiled so far.
    pub(crate) memo: Arc<Memo>,
}

/// A stage of the file.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its place in [`Pipeline::document`].
    pub node: u32,
    /// `id`.
    pub id: Spanned<String>,
    /// `name`.
    pub name: Option<String>,
    /// The component's name with underscores, whatever key and spelling the file uses.
    pub component: Spanned<String>,
    /// `config` overlaid by `input_mapping`, under the component's own names for its inputs.
    pub inputs: IndexMap<String, Spanned<Value>>,
    /// The inputs' places in [`Pipeline::document`], in the same order.
    pub input_nodes: Vec<u32>,
    /// `depends_on`.
    pub depends_on: Vec<Spanned<String>>,
    /// `retry_config`, or `error_handling` as a policy.
    pub retry: Option<RetryPolicy>,
    /// `timeout_ms`: of one attempt.
    pub timeout: Option<Duration>,
    /// What a final failure means for the run.
    pub on_error: OnError,
    /// `llm_settings` and `provider`.
    pub llm: Option<Arc<LlmSettings>>,
    /// `position` on the canvas.
    pub position: Option<(f64, f64)>,
    /// The whole stage object.
    pub span: Span,
}

/// What a final failure of a stage means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The output is null, the error is recorded, dependents run.
    Continue,
    /// The stage and its dependents are skipped.
    Skip,
}
