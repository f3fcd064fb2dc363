//! What a run of a pipeline will do, derived from its file before it is run: the requests it sends,
//! the models it calls, what is repeated after a crash, what it reads, and how long it can take.
//!
//! Not to be confused with [`crate::plan`], the form that the executor runs. What a component does
//! outside (the host of a request, the price of a model) is asked of the host ([`Outside`]). What the
//! file leaves open is said to be open, never guessed. The result depends on the file and on
//! [`Outside`] only.

mod compare;
mod control;
mod longest;
mod models;
mod often;
mod outside;
mod reads;
mod repetition;
mod text;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use compare::{Change, ChangeKind, changes};
pub use control::{Branch, Control};
pub use longest::{LongestPath, Step};
pub use models::{ModelUse, total_cost};
pub use often::Often;
pub use outside::{ModelFacts, Outside, Pause, Said, Target};
pub use reads::{EnvironmentVariable, Input, Output};
pub use repetition::{Repetition, Rule};
pub use text::{as_markdown, as_text, changes_markdown, changes_text};

use crate::{
    component::Registry,
    model::{Pipeline, derive},
};

/// What a run will do. Lists are in the order of the file unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPlan {
    /// The pipeline's name in the file.
    pub name: String,
    /// The number of stages in the file, inner stages included.
    pub stages: usize,
    /// The HTTP requests of stages; calls to models are in `models`.
    pub requests: Vec<Request>,
    /// The stages that call a model.
    pub models: Vec<ModelUse>,
    /// The stages with effects outside, and what a crash while they run means for each. All other
    /// stages change nothing outside.
    pub after_crash: Vec<Repetition>,
    /// The stages that are tried more than once if they fail.
    pub retried: Vec<Retried>,
    /// The environment variables read, sorted.
    pub environment: Vec<EnvironmentVariable>,
    /// What is read of the input.
    pub input: Input,
    /// Where the output comes from.
    pub output: Output,
    /// The control stages.
    pub control: Vec<Control>,
    /// The longest path; `None` if the stages cannot be ordered.
    pub longest_path: Option<LongestPath>,
}

/// The HTTP request of a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// The stage's id.
    pub stage: String,
    /// The method.
    pub method: Said,
    /// The host, with its port if the URL has one.
    pub host: Said,
    /// Whether a redirect is followed, which can lead to another host.
    pub follows_redirects: bool,
    /// How often.
    pub often: Often,
    /// The first attempt and the retries.
    pub attempts: u32,
}

/// A stage that is tried again if it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retried {
    /// The stage's id.
    pub stage: String,
    /// The first attempt and the retries.
    pub attempts: u32,
}

impl RunPlan {
    /// Derives the plan. Works for every file that parses; of a file with errors it says what can be
    /// said.
    pub fn of(pipeline: &Pipeline, registry: &Registry, outside: &dyn Outside) -> Self {
        let (structure, found) = derive(pipeline, registry);
        let often = often::of_stages(pipeline, &structure);
        let mut requests = Vec::new();
        let mut retried = Vec::new();
        for ((stage, shape), often) in pipeline.stages.iter().zip(&structure.stages).zip(&often) {
            if shape.component.is_none() {
                continue;
            }
            let attempts = attempts(stage);
            if let Some(target) = outside.request(stage) {
                requests.push(Request {
                    stage: stage.id.value.clone(),
                    method: target.method,
                    host: target.host,
                    follows_redirects: target.follows_redirects,
                    often: often.clone(),
                    attempts,
                });
            }
            if attempts > 1 {
                retried.push(Retried {
                    stage: stage.id.value.clone(),
                    attempts,
                });
            }
        }
        Self {
            name: pipeline.name.clone(),
            stages: pipeline.stages.len(),
            requests,
            models: models::of(pipeline, &structure, &often, outside),
            after_crash: repetition::of(pipeline, &structure),
            retried,
            environment: reads::environment(pipeline, &found),
            input: reads::input(pipeline, &found),
            output: reads::output(pipeline, &structure),
            control: control::of(pipeline, &structure, &often),
            longest_path: longest::of(pipeline, &structure, outside),
        }
    }
}

/// The first attempt of a stage and its retries.
fn attempts(stage: &crate::model::Stage) -> u32 {
    stage
        .retry
        .map_or(1, |policy| policy.max_retries.saturating_add(1))
}
