//! From the text's values to a [`Pipeline`]: every accepted spelling, every key looked at.
//!
//! Goes on after mistakes: what is wrong is noted in [`Pipeline::problems`], so that `check` can
//! tell all of it at once.

mod control;
mod ids;
mod inputs;
mod policy;
mod read;
mod stage;
mod top;

use std::sync::Arc;

use super::Pipeline;
use crate::{
    diagnostic::{Diagnostic, Report},
    source::Document,
};

impl Pipeline {
    /// Reads a pipeline file. `Err` when the text is not JSON or not an object; all other
    /// mistakes are in [`Pipeline::problems`].
    pub fn parse(source: impl Into<Arc<str>>) -> Result<Self, Vec<Diagnostic>> {
        let source = source.into();
        match Document::parse(source.clone()) {
            Ok(document) => top::pipeline(document),
            Err(errors) => {
                let mut report = Report::new(&source);
                errors.into_iter().for_each(|error| report.syntax(error));
                Err(report.finish())
            }
        }
    }
}
