//! A co-pilot: a model that proposes changes to a pipeline, and what is proved about them before
//! somebody says yes.
//!
//! [`brief`] is what the model is given, [`read`] reads its answer into a [`Proposal`], [`prove`]
//! applies one piece of it to the text and says what the change does, [`Rehearsal`] tries a text out,
//! and [`review`] takes a person through the pieces. Nothing here calls a model or writes a file, and a model has no other way to
//! change something than the typed edits of a piece. `docs/copilot.md` says what is promised.

mod answer;
mod claim;
mod context;
mod fence;
mod look;
mod proof;
mod review;
mod schemas;
mod suspicion;
mod trial;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use answer::{Malformed, Piece, Problem, Proposal, again, read, without_hidden};
pub use claim::{Claim, Judged};
pub use context::{Brief, DEFAULT_BUDGET, Document, Material, brief};
pub use fence::Fence;
pub use look::{Look, Risk};
pub use proof::{Cost, Ground, MAX_TEXT, Proven, Refusal, prove, skeleton};
pub use review::{Decision, Reviewed, read_back, review};
pub use suspicion::{Suspicion, suspicions};
pub use trial::{
    Answers, Check, DryRun, DryRunState, Fit, Rehearsal, Rehearsed, Trial, Tried, is_answered,
};

/// What the co-pilot is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Task {
    /// Propose the change that somebody asks for.
    #[default]
    Suggest,
    /// Say what the pipeline does.
    Explain,
    /// Build a pipeline from a description.
    Generate,
    /// Find out why a run failed, and mend it.
    Debug,
    /// Make it faster or cheaper with the same results.
    Optimize,
    /// Answer a question.
    Chat,
}

impl Task {
    /// What the model is told about the task.
    const fn sentence(self) -> &'static str {
        match self {
            Self::Suggest => "Propose the change that the person asks for, and nothing else.",
            Self::Explain => "Explain the pipeline in `summary`. Propose no pieces.",
            Self::Generate => "Build the pipeline that the person describes.",
            Self::Debug => {
                "Find out why the run failed, say it in `summary`, and propose what mends it."
            }
            Self::Optimize => {
                "Propose what makes the pipeline faster or cheaper without changing its results."
            }
            Self::Chat => {
                "Answer the question in `summary`. Propose pieces only if the person asks for a change."
            }
        }
    }
}
