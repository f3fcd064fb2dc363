//! Texts of a draft's stages, filled in with the values of a run.

use async_graphql::{InputObject, SimpleObject};
use domain::filled;
use engine::filled::{Filled, FilledProblem as Fault, StageText};

use super::super::{Charged, cost, runs::Run};

/// A text of a stage, as it stands in the form.
#[derive(InputObject)]
pub struct StageTextInput {
    text: String,
    /// The input of the component that the text belongs to, by the component's own name for it. Some inputs
    /// are expressions without `{{ }}`. Without it, the text has templates.
    field: Option<String>,
}

impl From<StageTextInput> for StageText {
    fn from(given: StageTextInput) -> Self {
        Self {
            text: given.text,
            field: given.field,
        }
    }
}

/// What texts of a stage come to with the values of a run.
#[derive(SimpleObject)]
pub struct FilledTexts {
    /// The run whose values they have. Null if none of the pipeline has succeeded yet, or the caller may
    /// not read runs: the values then only have the problems of the texts themselves.
    run: Option<Run>,
    /// One for each text, in the same order. Empty if the text of the draft is not JSON.
    #[graphql(complexity = "cost::times(20, child_complexity)")]
    values: Charged<FilledText>,
}

/// What a text comes to.
#[derive(SimpleObject)]
pub struct FilledText {
    /// Whether there is something to fill in: templates, or an expression.
    computed: bool,
    /// The beginning of the value, at most 2,000 characters: a text as it is, anything else as JSON.
    /// Secrets, and what is read from the environment, are stars. Null if there is no value.
    value: Option<String>,
    /// Whether `value` is JSON, and not a text.
    json: bool,
    /// Whether the value is longer than what is shown of it.
    truncated: bool,
    /// What the text reads and the run does not have, such as `upstream.fetch`. There is no value then.
    missing: Vec<String>,
    /// Why there is no value.
    problem: Option<FilledProblem>,
}

/// Why a text has no value.
#[derive(SimpleObject)]
pub struct FilledProblem {
    message: String,
    /// What to write instead, if known.
    suggestion: Option<String>,
    /// Where the problem is in the text: the number of characters (Unicode code points) before it.
    offset: i32,
    /// The number of characters that it is about; 0 at the end of the text.
    length: i32,
    /// Whether the text itself is wrong. Otherwise it has no value with this run only.
    in_text: bool,
}

impl FilledTexts {
    /// The approximate size of one text in a response besides its value, in bytes.
    pub const BYTES: usize = 512;

    /// The size of the values in a response, in bytes.
    pub fn bytes(found: &filled::FilledTexts) -> usize {
        let values = found.values.iter();
        let shown = |one: &Filled| one.value.as_ref().map_or(0, |value| value.text.len());
        values.map(|one| Self::BYTES + shown(one)).sum()
    }
}

impl From<filled::FilledTexts> for FilledTexts {
    fn from(found: filled::FilledTexts) -> Self {
        Self {
            run: found.run.map(Run),
            values: found.values.into_iter().map(FilledText::from).collect(),
        }
    }
}

impl From<Filled> for FilledText {
    fn from(found: Filled) -> Self {
        let shown = found.value.as_ref();
        Self {
            computed: found.computed,
            json: shown.is_some_and(|value| value.is_json),
            truncated: shown.is_some_and(|value| value.truncated),
            value: found.value.map(|value| value.text),
            missing: found.missing,
            problem: found.problem.map(FilledProblem::from),
        }
    }
}

impl From<Fault> for FilledProblem {
    fn from(found: Fault) -> Self {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            message: found.message,
            suggestion: found.suggestion,
            offset: number(found.offset),
            length: number(found.length),
            in_text: found.in_text,
        }
    }
}
