//! Why a run failed, with the events that show it.

use async_graphql::{Context, SimpleObject};
use engine::advice::Cause;

use super::{
    super::{Charged, pipelines::Finding},
    count,
};
use crate::error::ApiError;

/// Why a run failed: where it began, the events that show it, and what may help. Found by rules, not
/// by a model.
#[derive(SimpleObject)]
pub struct RunFailure {
    /// The address of the stage in which it began; null if the run failed as a whole.
    stage: Option<String>,
    /// The id of that stage in the file.
    stage_id: Option<String>,
    /// The stable code of the error.
    code: String,
    /// What happened, in a few sentences.
    explanation: String,
    /// The events that show it, from the first failure to the end of the run.
    evidence: Charged<RunEvidence>,
    /// The ids of other stages that failed with the same code, or to which the same advice applies.
    similar_stages: Charged<String>,
    /// What may help; null if that is not known.
    help: Option<String>,
    /// What could be better about the stage, as far as it has to do with the error.
    findings: Charged<Finding>,
}

/// An event of the run's journal, and what it shows.
#[derive(SimpleObject)]
pub struct RunEvidence {
    /// The sequence number of the event.
    seq: i32,
    /// The address of the stage that the event is about; null for events of the run.
    stage: Option<String>,
    /// What the event shows, in one sentence.
    text: String,
}

impl RunFailure {
    /// The cause for a response, charged to its budget.
    pub fn of(ctx: &Context<'_>, cause: Cause) -> Result<Self, ApiError> {
        Ok(Self {
            findings: Finding::list(ctx, &cause.findings)?,
            stage: cause.stage.as_deref().map(str::to_owned),
            stage_id: cause.stage_id,
            code: cause.code.as_str().to_owned(),
            explanation: cause.text,
            evidence: cause
                .evidence
                .into_iter()
                .map(|one| RunEvidence {
                    seq: count(one.seq),
                    stage: one.stage.as_deref().map(str::to_owned),
                    text: one.text,
                })
                .collect(),
            similar_stages: Charged(cause.similar),
            help: cause.help,
        })
    }
}
