//! A pipeline as its file describes it, in any accepted spelling and without loss.
//!
//! The source text stays authoritative ([`Pipeline::source`]); the model is a view of it. Checks
//! are in `check`; what is executed is in `plan`.

mod derive;
mod keys;
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
pub(crate) use keys::{COMPONENT_KEYS, INPUT_KEYS, names_component};
pub(crate) use lower::wrong_id;
pub(crate) use reads::{StageReads, has_template};
pub use structure::{Member, ModelStage, Scope, Shape, Structure, structure};
pub(crate) use variables::{DeclaredName, bound_names, names_of};

pub use crate::policy::{LlmSettings, RetryPolicy};
pub use crate::source::{Span, Spanned};
use crate::{
    Map, Value,
    component::{Descriptor, EffectKind},
    diagnostic::Diagnostic,
    expr::Memo,
    source::Document,
    trigger::Trigger,
};

/// The longest text of a pipeline that is stored, in bytes. The engine itself reads longer ones.
pub const MAX_STORED: usize = 950_000;

/// A pipeline file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The file's text, byte for byte.
    pub source: Arc<str>,
    /// The parsed text, with the position of each value.
    pub document: Document,
    /// Problems found in single fields while reading; `check` reports them together with its own.
    pub problems: Vec<Diagnostic>,
    /// `id`; the name if the file has no `id`.
    pub id: String,
    /// `name`; not empty in a valid pipeline.
    pub name: String,
    /// `version`; `1.0.0` if absent.
    pub version: String,
    /// `description`; empty if absent.
    pub description: String,
    /// `input_schema`: the JSON schema of a run's input.
    pub input_schema: Option<Value>,
    /// `output_schema`: a JSON schema. Runs do not use it yet.
    pub output_schema: Option<Value>,
    /// `output_stage_id`: the stage whose output is the run's output.
    pub output_stage: Option<Spanned<String>>,
    /// `sample_input` or `example_input`: an input to try the pipeline with.
    pub sample_input: Option<Value>,
    /// `timeout_ms`: the time limit of the whole run.
    pub timeout: Option<Duration>,
    /// `triggers`: what starts runs by itself.
    pub triggers: Vec<Trigger>,
    /// The stages in the order of the file.
    pub stages: Vec<Stage>,
    /// Cache of the stages' compiled expressions.
    pub(crate) memo: Arc<Memo>,
}

impl Pipeline {
    /// Whether somebody has arranged the canvas (`metadata.canvas.arranged`). Files of other
    /// programs place inner stages as if they were beside their control stage, so with control
    /// stages their positions count only then.
    pub fn is_arranged(&self) -> bool {
        let root = self.document.root();
        let canvas = root.get("metadata").and_then(|node| node.get("canvas"));
        canvas
            .and_then(|node| node.get("arranged"))
            .is_some_and(|node| node.value().as_bool() == Some(true))
    }
}

/// A stage as the file describes it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The stage object's id in [`Pipeline::document`].
    pub node: u32,
    /// `id`: unique in a valid pipeline.
    pub id: Spanned<String>,
    /// `name`: shown to people in place of the id.
    pub name: Option<String>,
    /// The component's name, with underscores whatever key and spelling the file uses.
    pub component: Spanned<String>,
    /// `config` overlaid with `input_mapping`. Keys are the component's own names for its inputs.
    pub inputs: IndexMap<String, Spanned<Value>>,
    /// The ids of the inputs in [`Pipeline::document`], in the order of `inputs`.
    pub input_nodes: Vec<u32>,
    /// `depends_on`: the ids as written, which may be unknown or repeated.
    pub depends_on: Vec<Spanned<String>>,
    /// `retry_config`, or the retry part of `error_handling`.
    pub retry: Option<RetryPolicy>,
    /// `timeout_ms`: the time limit of one attempt. `None` means the component's own.
    pub timeout: Option<Duration>,
    /// What a final failure means for the run.
    pub on_error: OnError,
    /// `llm_settings` together with `provider` and `model`.
    pub llm: Option<Arc<LlmSettings>>,
    /// `position`: x and y on the canvas.
    pub position: Option<(f64, f64)>,
    /// The position of the stage object in the text.
    pub span: Span,
}

impl Stage {
    /// What running the stage does outside, as far as the file tells, and the strongest possible effect
    /// otherwise: a template counts as a text that the component does not know, such as that of a method.
    pub fn effect_as_written(&self, component: &Descriptor) -> EffectKind {
        let written: Map = self
            .inputs
            .iter()
            .map(|(name, input)| (name.as_str().into(), input.value.clone()))
            .collect();
        component.effect.of(&Value::from(written))
    }
}

/// What a final failure of a stage means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The output is null, the error is recorded, and dependents run.
    Continue,
    /// The stage and its dependents are skipped.
    Skip,
}
