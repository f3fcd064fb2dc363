//! Advice about a pipeline, without any model: what could be better ([`findings`]), what it does
//! ([`explain`]), and why a run failed ([`cause`]).
//!
//! `check` says what keeps a pipeline from running. What is said here is about pipelines that can
//! run. Each finding has its place in the text and, where a mend is certain, the edits that make it.
//! The rules are described in `docs/advice.md`. They are cautious: a rule that is often wrong is
//! worse than none.

mod branches;
mod calls;
mod cause;
mod explain;
mod finding;
mod look;
mod loops;
mod prompts;
mod render;
pub(crate) mod secrets;
mod unused;
mod waits;

pub use cause::{Cause, Evidence, cause};
pub use explain::{Explanation, Part, explain};
pub use finding::{Finding, Level, Rule};
pub use render::render;
pub use secrets::without_secrets;

use finding::Findings;
use look::Look;

use crate::{check::MAX_STAGES, component::Registry, model::Pipeline};

/// Everything that could be better in a pipeline, in text order. A pipeline with errors, as `check`
/// finds them, may lack findings about its structure.
pub fn findings(pipeline: &Pipeline, registry: &Registry) -> Vec<Finding> {
    let mut out = Findings::new(pipeline);
    secrets::check(pipeline, &mut out);
    if pipeline.stages.len() > MAX_STAGES {
        return out.finish();
    }
    if let Some(look) = Look::new(pipeline, registry) {
        branches::check(&look, &mut out);
        calls::check(&look, &mut out);
        loops::check(&look, &mut out);
        prompts::check(&look, &mut out);
        unused::check(&look, &mut out);
        waits::check(&look, &mut out);
    }
    out.finish()
}
