//! What could be better in a pipeline, with the edits that mend it.

use async_graphql::{Context, SimpleObject};
use engine::advice;

use super::super::{Charged, budget, enums::AdviceLevel, scalars::Json};
use crate::error::ApiError;

/// Something that could be better in a pipeline that can run. Found by rules, not by a model.
#[derive(SimpleObject)]
pub struct Finding {
    /// The stable name of the rule that found it, such as `missing_retry`.
    rule: String,
    level: AdviceLevel,
    /// What was found, in one sentence. Never contains a secret as a whole.
    message: String,
    /// What to do about it.
    help: String,
    /// The id of the stage that it is about; null if it is about the file.
    stage: Option<String>,
    /// The ids of the other stages that it is about.
    others: Vec<String>,
    /// The JSON path of the value in the file.
    path: String,
    line: i32,
    column: i32,
    /// The edits that mend it, in order, each an object with its kind under `op`. Empty if a person
    /// has to decide how.
    edits: Json,
    /// Whether the edits leave what the pipeline computes as it is.
    safe: bool,
}

impl Finding {
    /// The approximate size of one finding in a response without its edits, in bytes.
    pub const BYTES: usize = 512;

    /// The findings for a response, charged to its budget.
    pub fn list(ctx: &Context<'_>, found: &[advice::Finding]) -> Result<Charged<Self>, ApiError> {
        budget::take(ctx, Self::BYTES * found.len())?;
        found.iter().map(Self::try_from).collect()
    }
}

impl TryFrom<&advice::Finding> for Finding {
    type Error = ApiError;

    fn try_from(found: &advice::Finding) -> Result<Self, ApiError> {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Ok(Self {
            rule: found.rule.as_str().to_owned(),
            level: found.level.into(),
            message: found.message.clone(),
            help: found.help.clone(),
            stage: found.stage.clone(),
            others: found.others.clone(),
            path: found.path.clone(),
            line: number(found.line),
            column: number(found.column),
            edits: Json::of(&found.edits)?,
            safe: found.safe,
        })
    }
}
