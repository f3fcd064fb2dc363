//! What could be better in a draft, in the few fields that an editor shows beside it.

use async_graphql::SimpleObject;
use engine::advice;

use super::super::scalars::Json;
use crate::error::ApiError;

/// Something that could be better in a draft, with the edits that mend it. Found by rules, not by a model.
#[derive(SimpleObject)]
pub struct Advice {
    /// The stable name of the rule that found it, such as `missing_retry`.
    rule: String,
    /// `WARNING`: probably a mistake, or a danger. `SUGGESTION`: it works, but could be better.
    severity: String,
    /// What was found, and what to do about it. Never contains a secret as a whole.
    message: String,
    /// The id of the stage that it is about; null if it is about the file.
    stage: Option<String>,
    /// The edits that mend it, in order, as for `editDraft`. Empty if a person has to decide how.
    edits: Vec<Json>,
}

impl Advice {
    /// The approximate size of one in a response without its edits, in bytes.
    pub const BYTES: usize = 512;
}

impl TryFrom<&advice::Finding> for Advice {
    type Error = ApiError;

    fn try_from(found: &advice::Finding) -> Result<Self, ApiError> {
        let severity = match found.level {
            advice::Level::Warning => "WARNING",
            advice::Level::Suggestion => "SUGGESTION",
        };
        let message = match found.help.as_str() {
            "" => found.message.clone(),
            help => format!("{} {help}", full_stop(&found.message)),
        };
        Ok(Self {
            rule: found.rule.as_str().to_owned(),
            severity: severity.to_owned(),
            message,
            stage: found.stage.clone(),
            edits: found.edits.iter().map(Json::of).collect::<Result<_, _>>()?,
        })
    }
}

/// A sentence with its full stop.
fn full_stop(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}
