//! Finds everything that is wrong with a pipeline, each with its position and how to fix it.
//!
//! Knows the language and the components' schemas. Reads no configuration: whether a model provider
//! is configured is the host's check.

mod cycles;
mod fields;
mod inputs;
mod literals;
mod names;
mod readable;
mod reads;
mod schema;
mod variables;
mod visible;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

pub use readable::{Readable, readable};

pub use crate::diagnostic::{Diagnostic, Related, Severity, did_you_mean, render};
use crate::{
    component::Registry,
    diagnostic::{Report, Suggestions, shown},
    model::{Pipeline, Stage, StageReads, Structure, derive},
    source::Node,
};

/// The most stages a pipeline may have.
pub const MAX_STAGES: usize = 20_000;

/// Parses a pipeline's text. Problems in single fields are reported by [`check`].
pub fn parse(source: &str, registry: &Registry) -> Result<Pipeline, Vec<Diagnostic>> {
    Pipeline::parse(source, registry)
}

/// All problems of a pipeline, in text order. A pipeline without errors compiles to a plan.
pub fn check(pipeline: &Pipeline, registry: &Registry) -> Vec<Diagnostic> {
    let _suggestions = Suggestions::of_one_check();
    let mut report = Report::new(&pipeline.source);
    report.extend(&pipeline.problems);
    if pipeline.stages.len() > MAX_STAGES {
        let message = format!(
            "the pipeline has {} stages; at most {MAX_STAGES} are allowed",
            pipeline.stages.len()
        );
        let root = pipeline.document.root();
        let place = root.get("stages").unwrap_or(root);
        report
            .error(types::ErrorCode::LimitExceeded, place, message)
            .at(place.key_span())
            .help("split it into several pipelines");
        return report.finish();
    }
    let (structure, reads) = derive(pipeline, registry);
    let mut check = Check {
        pipeline,
        registry,
        structure: &structure,
        reads: &reads,
        report,
    };
    literals::schemas(&mut check);
    names::check(&mut check);
    inputs::check(&mut check);
    let sound = cycles::check(&mut check);
    reads::errors(&mut check);
    if sound {
        reads::dependencies(&mut check);
        variables::check(&mut check);
        fields::check(&mut check);
    }
    check.report.finish()
}

/// The state that the checks share.
struct Check<'a> {
    pipeline: &'a Pipeline,
    registry: &'a Registry,
    structure: &'a Structure,
    reads: &'a [StageReads],
    report: Report<'a>,
}

impl<'a> Check<'a> {
    /// The stages with their numbers.
    fn stages(&self) -> impl Iterator<Item = (u32, &'a Stage)> + use<'a> {
        (0u32..).zip(&self.pipeline.stages)
    }

    fn about(&mut self, stage: &Stage) {
        self.report.stage = (!stage.id.value.is_empty()).then(|| shown(&stage.id.value));
    }

    fn node(&self, id: u32) -> Node<'a> {
        // Node ids come from the same document, so this finds a node.
        self.pipeline
            .document
            .node(id)
            .unwrap_or_else(|| self.pipeline.document.root())
    }

    fn id(&self, stage: u32) -> &'a str {
        self.pipeline
            .stages
            .get(stage as usize)
            .map_or("", |stage| stage.id.value.as_str())
    }

    /// The value of a key of a stage object; the stage object itself if it has no such key.
    fn field(&self, stage: &Stage, key: &str) -> Node<'a> {
        let node = self.node(stage.node);
        node.get(key).unwrap_or(node)
    }

    /// The node of an input, if the stage has it.
    fn input(&self, stage: &Stage, field: &str) -> Option<Node<'a>> {
        let at = stage.inputs.get_index_of(field)?;
        Some(self.node(*stage.input_nodes.get(at)?))
    }
}
