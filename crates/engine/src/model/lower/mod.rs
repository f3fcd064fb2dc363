//! From the text's values to a [`Pipeline`]: every accepted spelling, every key looked at.
//!
//! Continues after mistakes: they are collected in [`Pipeline::problems`], so that `check` can
//! report all of them at once.

mod ids;
mod inputs;
mod names;
mod policy;
mod read;
mod stage;
mod top;

use std::sync::Arc;

use super::Pipeline;
use crate::{
    component::Registry,
    diagnostic::{Diagnostic, Report},
    source::Document,
};

impl Pipeline {
    /// Reads a pipeline file, with inputs under the names that the registry's components have for
    /// them. `Err` when the text is not JSON or not an object; all other mistakes are in
    /// [`Pipeline::problems`].
    pub fn parse(
        source: impl Into<Arc<str>>,
        registry: &Registry,
    ) -> Result<Self, Vec<Diagnostic>> {
        let source = source.into();
        match Document::parse(source.clone()) {
            Ok(document) => top::pipeline(document, registry),
            Err(errors) => {
                let mut report = Report::new(&source);
                errors.into_iter().for_each(|error| report.syntax(error));
                Err(report.finish())
            }
        }
    }
}
