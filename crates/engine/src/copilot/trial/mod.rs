//! Tries a pipeline out before and after a change: a dry run in memory, and what its checks say.
//!
//! Nothing outside is reached. Of a stage that reads or changes something outside, or calls a model,
//! only the input is resolved; its output is what a run has recorded for it, or a placeholder. The rest
//! runs as in any run, but without resources, with a placeholder for each environment variable, and
//! with limits of its own for time, memory and the number of stages. Nothing is stored, and waits are
//! not waited for.

mod placeholder;
mod rehearsal;
mod stand_in;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use rehearsal::{Rehearsal, Rehearsed};

use crate::{
    Value,
    component::{Descriptor, Effect, EffectKind},
};

/// The largest recorded output that a stage answers with, in bytes in memory.
const LARGEST: usize = 1024 * 1024;

/// The most stages that are listed.
const LISTED: usize = 200;

/// Prepares a value for a JSON schema, as a run's input is, or says what does not fit. The engine has
/// no validator of its own.
pub type Fit = fn(&Value, Value) -> Result<Value, String>;

/// Whether a dry run answers for stages of this component, because they can reach something outside.
pub fn is_answered(component: &Descriptor) -> bool {
    !matches!(component.effect, Effect::Fixed(EffectKind::Pure))
}

/// What a dry run answers with: what a run has recorded, and what somebody has pinned.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    input: Option<Value>,
    /// The component and the output, by the stage's id.
    outputs: HashMap<String, (String, Value)>,
    /// By the stage's id.
    pinned: HashMap<String, Value>,
}

impl Answers {
    /// The answers of a run with this input.
    pub fn of(input: Value) -> Self {
        Self {
            input: Some(input),
            ..Self::default()
        }
    }

    /// Pins the output of a stage, whatever its component is. A control stage runs nevertheless.
    pub fn pin(&mut self, stage: &str, output: Value) {
        self.pinned.insert(stage.to_owned(), output);
    }

    /// Adds the output of a stage. One that is too large is left out.
    pub fn add(&mut self, stage: &str, component: &str, output: Value) {
        if output.size(LARGEST) <= LARGEST {
            let answer = (component.to_owned(), output);
            self.outputs.insert(stage.to_owned(), answer);
        }
    }

    /// The pinned output of a stage, or the recorded one if it is answered for and had the same component.
    fn output(&self, stage: &str, component: &Descriptor) -> Option<&Value> {
        let recorded = || {
            let (of, output) = self.outputs.get(stage)?;
            (is_answered(component) && of == component.name).then_some(output)
        };
        self.pinned.get(stage).or_else(recorded)
    }
}

/// How a dry run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DryRunState {
    /// It reached its end.
    Succeeded,
    /// A stage failed.
    Failed,
    /// It reached a limit.
    Stopped,
    /// It did not begin.
    NotRun,
}

/// A dry run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// How it ended.
    pub state: DryRunState,
    /// The ids of the first stages that ran, without those that were answered for; at most 200.
    pub stages: Vec<String>,
    /// The ids of the stages that had a pinned output, or the one of an earlier run.
    pub recorded: Vec<String>,
    /// The ids of the stages that had a placeholder.
    pub placeholders: Vec<String>,
    /// The first error, or why it stopped or did not begin.
    pub error: Option<String>,
}

impl DryRun {
    /// How it ended, in words.
    pub fn sentence(&self) -> String {
        let mut out = match (self.state, &self.error) {
            (DryRunState::Succeeded, _) => {
                let ran = match self.stages.len() {
                    1 => "1 stage".to_owned(),
                    LISTED.. => format!("at least {LISTED} stages"),
                    count => format!("{count} stages"),
                };
                format!("Runs to its end; {ran} ran")
            }
            (DryRunState::Failed, Some(error)) => format!("Fails: {error}"),
            (DryRunState::Failed, None) => "Fails".to_owned(),
            (DryRunState::Stopped, why) => format!("Stopped: {}", words(why)),
            (DryRunState::NotRun, why) => format!("Not run: {}", words(why)),
        };
        for (stages, what) in [
            (&self.recorded, "a pinned or recorded output"),
            (&self.placeholders, "a placeholder as output"),
        ] {
            if !stages.is_empty() {
                let has = if stages.len() == 1 { "has" } else { "have" };
                out.push_str(&format!("; {} {has} {what}", listed(stages)));
            }
        }
        out
    }
}

fn words(why: &Option<String>) -> &str {
    why.as_deref().unwrap_or("the reason is unknown")
}

/// The first of some ids, and how many more there are.
fn listed(stages: &[String]) -> String {
    const MOST: usize = 5;
    let first: Vec<String> = stages
        .iter()
        .take(MOST)
        .map(|id| format!("`{id}`"))
        .collect();
    match stages.len().saturating_sub(MOST) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What was found out about one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The dry run.
    pub dry_run: DryRun,
    /// The warnings of the checks.
    warnings: Vec<String>,
    /// Whether the sample input fits the input schema, if the file has both.
    sample: Option<Result<(), String>>,
    /// Whether the output fits the output schema, if the dry run has one and nothing in it is made up.
    output: Option<Result<(), String>>,
}

/// A check of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is checked.
    pub name: String,
    /// Whether it is all right after the change.
    pub passed: bool,
    /// Whether it was all right before the change, and no longer is.
    pub worse: bool,
    /// What was found, in one sentence.
    pub detail: String,
}

/// What a change does to a dry run and to the checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The checks.
    pub checks: Vec<Check>,
    /// The dry run after the change.
    pub dry_run: DryRun,
}

impl Trial {
    /// Compares what was found before a change and after it.
    pub fn between(before: &Tried, after: &Tried) -> Self {
        let mut checks = Vec::new();
        let ran = |tried: &Tried| tried.dry_run.state == DryRunState::Succeeded;
        checks.push(Check {
            name: "Dry run".to_owned(),
            passed: ran(after),
            worse: ran(before) && !ran(after),
            detail: after.dry_run.sentence(),
        });
        for (name, before, after) in [
            ("Sample input", &before.sample, &after.sample),
            ("Output", &before.output, &after.output),
        ] {
            let Some(found) = after else {
                continue;
            };
            checks.push(Check {
                name: name.to_owned(),
                passed: found.is_ok(),
                worse: found.is_err() && matches!(before, Some(Ok(()))),
                detail: match found {
                    Ok(()) => "Fits its schema".to_owned(),
                    Err(why) => format!("Does not fit its schema: {why}"),
                },
            });
        }
        checks.push(warnings(before, after));
        Self {
            checks,
            dry_run: after.dry_run.clone(),
        }
    }

    /// The checks that passed before the change and do not after it.
    pub fn worse(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.worse)
    }
}

/// Warnings are only told: they are no reason to be asked once more.
fn warnings(before: &Tried, after: &Tried) -> Check {
    let mut known = before.warnings.clone();
    let mut new = after.warnings.iter().filter(|warning| {
        let at = known.iter().position(|one| one == *warning);
        at.map(|at| known.swap_remove(at)).is_none()
    });
    let first = new.next();
    let more = new.count();
    Check {
        name: "Warnings".to_owned(),
        passed: first.is_none(),
        worse: false,
        detail: match (first, more) {
            (None, _) => "No new ones".to_owned(),
            (Some(first), 0) => format!("A new one: {first}"),
            (Some(first), more) => format!("{} new ones; the first: {first}", more + 1),
        },
    }
}
