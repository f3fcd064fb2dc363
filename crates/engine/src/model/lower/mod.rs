//! Lowers the values of a file to a [`Pipeline`]. Accepts every spelling of the format.
//!
//! Continues after errors and collects them in [`Pipeline::problems`], so that `check` can report
//! all of them at once.

mod ids;
mod inputs;
mod names;
mod policy;
mod read;
mod stage;
mod top;

use std::sync::Arc;

pub(crate) use ids::wrong as wrong_id;

use super::Pipeline;
use crate::{
    component::Registry,
    diagnostic::{Diagnostic, Report},
    source::Document,
};

impl Pipeline {
    /// Reads a pipeline file. Inputs get the names that the components in `registry` use for them.
    /// `Err` if the text is not valid JSON or not an object; all other problems are in
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
